# The shared library for embedding, and what `cmake --install` puts where.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(onnxrun SHARED)
target_link_libraries(onnxrun PRIVATE onnxrun_objects)
target_include_directories(onnxrun INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/engine/include>
                                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(onnxrun INTERFACE cxx_std_20)
target_link_options(onnxrun PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/engine/exports.map)
set_target_properties(onnxrun PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} INSTALL_RPATH "$ORIGIN"
                      LINK_DEPENDS ${CMAKE_SOURCE_DIR}/engine/exports.map)
add_library(onnxrun::onnxrun ALIAS onnxrun)
set_target_properties(onnx-run PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")

install(TARGETS onnxrun EXPORT onnxrunTargets)
install(TARGETS onnx-run)
install(DIRECTORY engine/include/onnxrun DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/onnxrun)
install(EXPORT onnxrunTargets NAMESPACE onnxrun:: DESTINATION ${package_dir})
configure_package_config_file(cmake/onnxrunConfig.cmake.in ${CMAKE_BINARY_DIR}/onnxrunConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/onnxrunConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/onnxrunConfig.cmake ${CMAKE_BINARY_DIR}/onnxrunConfigVersion.cmake DESTINATION ${package_dir})
configure_file(cmake/onnxrun.pc.in ${CMAKE_BINARY_DIR}/onnxrun.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/onnxrun.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
# oneDNN and the Arm Compute Library were built for this project and are no system libraries: they go beside ours.
if(ONNXRUN_ONEDNN OR ArmCompute_FOUND)
  install(CODE "file(GET_RUNTIME_DEPENDENCIES LIBRARIES $<TARGET_FILE:onnxrun> RESOLVED_DEPENDENCIES_VAR found
                     UNRESOLVED_DEPENDENCIES_VAR missing PRE_INCLUDE_REGEXES \"libdnnl|libarm_compute\" PRE_EXCLUDE_REGEXES .*)
                foreach(library IN LISTS found)
                  file(INSTALL \${library} DESTINATION \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR} FOLLOW_SYMLINK_CHAIN)
                endforeach()")
endif()
