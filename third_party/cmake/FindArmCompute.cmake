# The Arm Compute Library as third_party/acl/build leaves it. Defines ArmCompute::ArmCompute.
if(NOT ArmCompute_LIBRARY OR ArmCompute_LIBRARY MATCHES "^${ONNXRUN_DEPENDENCIES}/acl-")  # the one of this source's recipe, not an older one beside it
  execute_process(COMMAND ${CMAKE_COMMAND} -E env ONNXRUN_CACHE=${ONNXRUN_CACHE} third_party/acl/build --have
                  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE acl_prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  unset(ArmCompute_INCLUDE_DIR CACHE)
  unset(ArmCompute_LIBRARY CACHE)
endif()
find_path(ArmCompute_INCLUDE_DIR arm_compute/core/Types.h HINTS ${acl_prefix} PATH_SUFFIXES include)
find_library(ArmCompute_LIBRARY arm_compute HINTS ${acl_prefix} PATH_SUFFIXES lib)
mark_as_advanced(ArmCompute_INCLUDE_DIR ArmCompute_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ArmCompute REQUIRED_VARS ArmCompute_LIBRARY ArmCompute_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run third_party/acl/build, or configure with -DONNXRUN_ACL=OFF")
set(ArmCompute_VERSION "of unknown version")  # built by CMake, the library doesn't know its own
if(ArmCompute_INCLUDE_DIR MATCHES "/acl-([0-9.]+)-")
  set(ArmCompute_VERSION ${CMAKE_MATCH_1})
endif()
if(ArmCompute_FOUND AND NOT TARGET ArmCompute::ArmCompute)
  add_library(ArmCompute::ArmCompute UNKNOWN IMPORTED)
  set_target_properties(ArmCompute::ArmCompute PROPERTIES IMPORTED_LOCATION ${ArmCompute_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${ArmCompute_INCLUDE_DIR}
                        INTERFACE_LINK_LIBRARIES gomp)  # it asks OpenMP for thread numbers even when it is built without, and doesn't link it
endif()
