# onnx-ml.proto from the Python package `onnx`, compiled by the system's protoc at build time.
# Sets ONNX_PROTO_SOURCES (generated .cc) and ONNX_PROTO_INCLUDE_DIR.
file(GLOB onnx_proto_dirs ${ONNXRUN_CACHE}/venv/lib/python3*/site-packages/onnx)
find_file(ONNX_PROTO_FILE onnx-ml.proto HINTS ${onnx_proto_dirs} PATH_SUFFIXES onnx NO_CACHE)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxProto REQUIRED_VARS ONNX_PROTO_FILE
  REASON_FAILURE_MESSAGE "run tools/dev/setup, which installs the Python package onnx into ${ONNXRUN_CACHE}/venv, or set ONNX_PROTO_FILE")
if(OnnxProto_FOUND)
  set(ONNX_PROTO_INCLUDE_DIR ${CMAKE_BINARY_DIR}/proto)
  set(ONNX_PROTO_SOURCES ${ONNX_PROTO_INCLUDE_DIR}/onnx-ml.pb.cc)
  file(MAKE_DIRECTORY ${ONNX_PROTO_INCLUDE_DIR})
  get_filename_component(onnx_proto_dir ${ONNX_PROTO_FILE} DIRECTORY)
  add_custom_command(OUTPUT ${ONNX_PROTO_SOURCES} ${ONNX_PROTO_INCLUDE_DIR}/onnx-ml.pb.h
    COMMAND protobuf::protoc --cpp_out=${ONNX_PROTO_INCLUDE_DIR} -I${onnx_proto_dir} ${ONNX_PROTO_FILE}
    DEPENDS ${ONNX_PROTO_FILE} VERBATIM)
endif()
