# cuDNN's C++ interface, headers only, from the Python package nvidia-cudnn-frontend: target Cudnn::frontend.
file(GLOB cudnn_frontend_dirs ${ONNXRUN_CACHE}/venv/lib/python3*/site-packages/include)
find_path(CudnnFrontend_INCLUDE_DIR cudnn_frontend.h HINTS ${cudnn_frontend_dirs} NO_CMAKE_FIND_ROOT_PATH)  # the same for every target
mark_as_advanced(CudnnFrontend_INCLUDE_DIR)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CudnnFrontend REQUIRED_VARS CudnnFrontend_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run tools/dev/setup, which installs the Python package nvidia-cudnn-frontend into ${ONNXRUN_CACHE}/venv")
if(CudnnFrontend_FOUND AND NOT TARGET Cudnn::frontend)
  add_library(Cudnn::frontend INTERFACE IMPORTED)
  set_target_properties(Cudnn::frontend PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${CudnnFrontend_INCLUDE_DIR}
                        INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${CudnnFrontend_INCLUDE_DIR})
endif()
