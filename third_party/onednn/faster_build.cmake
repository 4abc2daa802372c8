# Included by oneDNN's own build (CMAKE_PROJECT_INCLUDE): what is enabled of the library, in less than half of the time of the whole.
#
# Sources of primitives that third_party/onednn/build does not enable are left out: oneDNN would compile them and refer to them nowhere.
# Much of what the compiler does with the others is parsing the same headers: they are precompiled.
cmake_language(DEFER CALL onnxrun_faster_build)

function(onnxrun_faster_build)
  set(left_out "/rnn/|/lrn/|/shuffle/|[/_](lrn|shuffle|prelu|resampling|reduction|softmax|eltwise|eltwise_int|binary)\\.|/prelu/.*(base|forward|backward|reduction)"
               "|uni_(binary|reduction|resampling)_kernel\\.|normalization(_s8|_utils)?\\.|simple_(concat|sum)\\.|xf16_sum|conv_bwd_w\\.")
  string(CONCAT left_out ${left_out})
  set(unoptimised "/gemm/.*autogen")  # straight lines that write machine code, once
  set(standard_headers <algorithm> <cmath> <cstdint> <functional> <map> <memory> <mutex> <set> <sstream> <string> <unordered_map> <vector>)
  set(cpu_headers "cpu/cpu_engine.hpp" "cpu/cpu_primitive.hpp" "cpu/primitive_attr_postops.hpp")
  foreach(target dnnl_common dnnl_cpu dnnl_cpu_x64 dnnl_cpu_aarch64)
    if(NOT TARGET ${target})
      continue()
    endif()
    set(headers ${standard_headers})
    if(target MATCHES "^dnnl_cpu")
      list(APPEND headers ${cpu_headers})
      get_target_property(sources ${target} SOURCES)
      list(FILTER sources EXCLUDE REGEX "${left_out}")
      set_target_properties(${target} PROPERTIES SOURCES "${sources}")
      list(FILTER sources INCLUDE REGEX "${unoptimised}")
      set_source_files_properties(${sources} TARGET_DIRECTORY ${target} PROPERTIES COMPILE_FLAGS "" COMPILE_OPTIONS "-O0"
                                  SKIP_PRECOMPILE_HEADERS ON)
    endif()
    if(target MATCHES "^dnnl_cpu_(.+)")
      list(APPEND headers "cpu/${CMAKE_MATCH_1}/jit_generator.hpp")
    endif()
    list(TRANSFORM headers REPLACE "^cpu/" "${CMAKE_SOURCE_DIR}/src/cpu/")
    list(TRANSFORM headers REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:\\1>")
    list(TRANSFORM headers REPLACE ":<(.+)>>$" ":<\\1$<ANGLE-R>>")
    target_precompile_headers(${target} PRIVATE ${headers})
  endforeach()
endfunction()
