# Included by oneDNN's own build (CMAKE_PROJECT_INCLUDE): the same library in two thirds of the time.
#
# Much of what the compiler does there is parsing the same headers: they are precompiled. Most of the rest is code that writes machine
# code: files of it that the engine never reaches (primitives that backends/onednn creates nowhere) need no optimisation, nor do the
# lists of implementations.
cmake_language(DEFER CALL onnxrun_faster_build)

function(onnxrun_faster_build)
  set(unreached "/gemm/.*kern|/rnn/|lrn|prelu|shuffle|normalization|softmax|resampling|reduction|sparse|conv_bwd_w|jit_uni_eltwise\\.cpp|eltwise_int|ref_eltwise|common/eltwise|sum\\.cpp|_list\\.cpp")
  set(standard_headers <algorithm> <cmath> <cstdint> <functional> <map> <memory> <mutex> <set> <sstream> <string> <unordered_map> <vector>)
  set(cpu_headers "cpu/cpu_engine.hpp" "cpu/cpu_primitive.hpp" "cpu/primitive_attr_postops.hpp")
  foreach(target dnnl_common dnnl_cpu dnnl_cpu_x64 dnnl_cpu_aarch64)
    if(NOT TARGET ${target})
      continue()
    endif()
    set(headers ${standard_headers})
    if(target MATCHES "^dnnl_cpu")
      list(APPEND headers ${cpu_headers})
    endif()
    if(target MATCHES "^dnnl_cpu_(.+)")
      list(APPEND headers "cpu/${CMAKE_MATCH_1}/jit_generator.hpp")
    endif()
    get_target_property(sources ${target} SOURCES)
    list(FILTER sources INCLUDE REGEX "${unreached}")
    list(FILTER sources INCLUDE REGEX "\\.cpp$")
    set_source_files_properties(${sources} TARGET_DIRECTORY ${target} PROPERTIES COMPILE_FLAGS "" COMPILE_OPTIONS "-O0"
                                SKIP_PRECOMPILE_HEADERS ON)
    list(TRANSFORM headers REPLACE "^cpu/" "${CMAKE_SOURCE_DIR}/src/cpu/")
    list(TRANSFORM headers REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:\\1>")
    list(TRANSFORM headers REPLACE ":<(.+)>>$" ":<\\1$<ANGLE-R>>")
    target_precompile_headers(${target} PRIVATE ${headers})
  endforeach()
endfunction()
