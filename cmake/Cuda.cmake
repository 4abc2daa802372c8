# The cuda backend. Its host half is part of the engine and needs nothing of CUDA's; the device half, libonnxrun_cuda.so, is a library
# of its own, which the engine loads when it is asked for: the same build starts on machines without a GPU.
include(GNUInstallDirs)
find_program(ONNXRUN_NVCC nvcc HINTS /usr/local/cuda/bin ENV CUDA_PATH PATH_SUFFIXES bin)
mark_as_advanced(ONNXRUN_NVCC)
set(nvcc ${ONNXRUN_NVCC})
if(ONNXRUN_NVCC)
  set(cuda_default ON)
else()
  set(cuda_default OFF)
endif()
option(ONNXRUN_CUDA "Build the cuda backend's host half" ${cuda_default})
option(ONNXRUN_CUDA_DEVICE "Build libonnxrun_cuda.so, the cuda backend's device half (nvcc, cuBLASLt, cuDNN 9); never with sanitizers" ${cuda_default})

set(has_cuda 0)
if(ONNXRUN_CUDA)
  set(has_cuda 1)
  file(GLOB cuda_sources CONFIGURE_DEPENDS backends/cuda/*.cpp)
  list(APPEND sources ${cuda_sources})
  set_source_files_properties(backends/cuda/library.cpp PROPERTIES COMPILE_DEFINITIONS ONNXRUN_LIBDIR="${CMAKE_INSTALL_LIBDIR}")
endif()

set(has_cuda_device 0)
if(ONNXRUN_CUDA AND ONNXRUN_CUDA_DEVICE AND NOT ONNXRUN_SANITIZE)
  if(CMAKE_CROSSCOMPILING)  # with the same nvcc, called from beside the target's headers and libraries
    execute_process(COMMAND ${CMAKE_COMMAND} -E env ONNXRUN_CACHE=${ONNXRUN_CACHE} third_party/aarch64/cuda --have
                    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE CUDAToolkit_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    string(REGEX REPLACE ".+" "\\0/bin/nvcc" nvcc "${CUDAToolkit_ROOT}")
    set(CMAKE_CUDA_HOST_COMPILER ${CMAKE_CXX_COMPILER})
  endif()
  if(nvcc)
    find_package(CUDAToolkit QUIET)
    find_package(Cudnn 9 QUIET)
    find_package(CudnnFrontend QUIET)
  endif()
  if(nvcc AND CUDAToolkit_FOUND AND Cudnn_FOUND AND CudnnFrontend_FOUND)
    set(has_cuda_device 1)
  else()
    message(STATUS "libonnxrun_cuda.so is left out: it needs nvcc, the CUDA toolkit, cuDNN 9 and the Python package nvidia-cudnn-frontend; "
                   "cross-built, what third_party/aarch64/cuda fetches")
  endif()
endif()
if(has_cuda_device)
  set(CMAKE_CUDA_COMPILER ${nvcc})
  # Code for T4 and T4G, A100, H100 and, on aarch64 hosts, GH200; from the last, PTX for what comes after.
  set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 90)
  # CMake 3.25 doesn't know that nvcc 13 has C++20, and would ask for C++17.
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  enable_language(CUDA)
  if(ONNXRUN_CCACHE)
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${ONNXRUN_CCACHE})
  endif()
  file(GLOB cuda_device_sources CONFIGURE_DEPENDS backends/cuda/device/*.cpp backends/cuda/device/*.cu)
  add_library(onnxrun_cuda MODULE ${cuda_device_sources})
  set_target_properties(onnxrun_cuda PROPERTIES PREFIX lib CUDA_STANDARD 20 CXX_VISIBILITY_PRESET hidden CUDA_VISIBILITY_PRESET hidden
                        CUDA_RUNTIME_LIBRARY Shared BUILD_RPATH_USE_ORIGIN ON)
  # The folder's options are g++'s.
  set_property(TARGET onnxrun_cuda PROPERTY COMPILE_OPTIONS $<$<COMPILE_LANGUAGE:CXX>:-Wall> $<$<COMPILE_LANGUAGE:CXX>:-Wextra>)
  target_include_directories(onnxrun_cuda PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/engine/include)
  # It describes convolutions to cuDNN once each; its headers take a minute to compile, and longer when they are optimised.
  set_source_files_properties(backends/cuda/device/conv.cpp backends/cuda/device/fused_attention.cpp PROPERTIES COMPILE_OPTIONS -O0)
  # Never CUDA::cuda_driver: the library would not load without libcuda.so.1, and could not say so.
  target_link_libraries(onnxrun_cuda PRIVATE CUDA::cudart CUDA::cublasLt CUDA::nvrtc Cudnn::cudnn Cudnn::frontend ${CMAKE_DL_LIBS})
  target_link_options(onnxrun_cuda PRIVATE -Wl,--no-undefined)
  install(TARGETS onnxrun_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT cuda OPTIONAL)
endif()
