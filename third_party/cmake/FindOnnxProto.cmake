# onnx-ml.proto and onnx-data.proto from the Python package `onnx`, compiled by the system's protoc at build time.
# Sets ONNX_PROTO_SOURCES (generated .cc) and ONNX_PROTO_INCLUDE_DIR.
file(GLOB onnx_proto_dirs ${ONNXRUN_CACHE}/venv/lib/python3*/site-packages/onnx)
find_file(ONNX_PROTO_FILE onnx-ml.proto HINTS ${onnx_proto_dirs} PATH_SUFFIXES onnx NO_CACHE NO_CMAKE_FIND_ROOT_PATH)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxProto REQUIRED_VARS ONNX_PROTO_FILE
  REASON_FAILURE_MESSAGE "run tools/dev/setup, which installs the Python package onnx into ${ONNXRUN_CACHE}/venv, or set ONNX_PROTO_FILE")
if(OnnxProto_FOUND)
  # They include each other as onnx/onnx-ml.proto.
  get_filename_component(onnx_proto_dir ${ONNX_PROTO_FILE} DIRECTORY)
  get_filename_component(onnx_proto_root ${onnx_proto_dir} DIRECTORY)
  set(onnx_generated ${CMAKE_BINARY_DIR}/proto)
  set(ONNX_PROTO_INCLUDE_DIR ${onnx_generated} ${onnx_generated}/onnx)
  set(ONNX_PROTO_SOURCES ${onnx_generated}/onnx/onnx-ml.pb.cc ${onnx_generated}/onnx/onnx-data.pb.cc)
  file(MAKE_DIRECTORY ${onnx_generated}/onnx)
  add_custom_command(OUTPUT ${ONNX_PROTO_SOURCES} ${onnx_generated}/onnx/onnx-ml.pb.h ${onnx_generated}/onnx/onnx-data.pb.h
    COMMAND protobuf::protoc --cpp_out=${onnx_generated} -I${onnx_proto_root} onnx/onnx-ml.proto onnx/onnx-data.proto
    DEPENDS ${onnx_proto_dir}/onnx-ml.proto ${onnx_proto_dir}/onnx-data.proto VERBATIM)
endif()
