# The shared library for embedding, and what `cmake --install` puts where.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# oneDNN and the Arm Compute Library were built for this project and are no system libraries: they go with it, out of others' way.
set(private_dir ${CMAKE_INSTALL_LIBDIR}/onnxrun)

add_library(onnxrun SHARED)
target_link_libraries(onnxrun PRIVATE onnxrun_objects)
target_include_directories(onnxrun INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/engine/include>
                                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(onnxrun INTERFACE cxx_std_20)
target_link_options(onnxrun PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/engine/exports.map)
set_target_properties(onnxrun PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} INSTALL_RPATH "$ORIGIN/onnxrun"
                      LINK_DEPENDS ${CMAKE_SOURCE_DIR}/engine/exports.map)
add_library(onnxrun::onnxrun ALIAS onnxrun)
set_target_properties(onnx-run PROPERTIES INSTALL_RPATH "$ORIGIN/../${private_dir}")
# RPATH and not RUNPATH: it must also serve what the libraries there need in turn.
target_link_options(onnxrun PRIVATE -Wl,--disable-new-dtags)
target_link_options(onnx-run PRIVATE -Wl,--disable-new-dtags)

install(TARGETS onnxrun EXPORT onnxrunTargets)
install(TARGETS onnx-run)
install(DIRECTORY engine/include/onnxrun DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/onnxrun)
install(EXPORT onnxrunTargets NAMESPACE onnxrun:: DESTINATION ${package_dir})
configure_package_config_file(cmake/onnxrunConfig.cmake.in ${CMAKE_BINARY_DIR}/onnxrunConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/onnxrunConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/onnxrunConfig.cmake ${CMAKE_BINARY_DIR}/onnxrunConfigVersion.cmake DESTINATION ${package_dir})
configure_file(cmake/onnxrun.pc.in ${CMAKE_BINARY_DIR}/onnxrun.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/onnxrun.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The licences of what is inside: ours, those of the libraries of our own building, and of those that are there as headers.
set(licence_dir ${CMAKE_INSTALL_DOCDIR}/licences)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
set(private_libraries)
if(ONNXRUN_ONEDNN)
  list(APPEND private_libraries ${dnnl_DIR}/../../libdnnl.so)
  install(DIRECTORY ${dnnl_DIR}/../../../share/doc/dnnl/ DESTINATION ${licence_dir}/onednn FILES_MATCHING PATTERN LICENSE PATTERN THIRD-PARTY-PROGRAMS)
endif()
if(ArmCompute_FOUND)
  list(APPEND private_libraries ${ArmCompute_LIBRARY})
  install(DIRECTORY ${ArmCompute_INCLUDE_DIR}/../share/doc/arm_compute/ DESTINATION ${licence_dir}/arm_compute)
endif()
foreach(package libcli11-dev nlohmann-json3-dev libhwy-dev libfmt-dev libprotobuf-dev)
  install(FILES ${CMAKE_SYSROOT}/usr/share/doc/${package}/copyright DESTINATION ${licence_dir}/${package} OPTIONAL)
endforeach()
foreach(library IN LISTS private_libraries)
  install(CODE "file(INSTALL ${library} DESTINATION \${CMAKE_INSTALL_PREFIX}/${private_dir} FOLLOW_SYMLINK_CHAIN)")
endforeach()

# The component `bundle`, which only the relocatable archive has: the system's libraries too, but for the C library's, each with the
# licence of its package.
set(needed_libraries ${CMAKE_SOURCE_DIR}/cmake/needed_libraries)
set(system_root "${CMAKE_SYSROOT}/")
list(JOIN private_libraries " " private_arguments)
install(CODE "execute_process(COMMAND ${needed_libraries} --all ${CMAKE_OBJDUMP} ${system_root} ${CMAKE_LIBRARY_ARCHITECTURE}
                                      $<TARGET_FILE:onnx-run> $<TARGET_FILE:onnxrun> ${private_arguments}
                              OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
              string(REPLACE \"\\n\" \";\" found \"\${found}\")
              foreach(line IN LISTS found)
                string(REGEX MATCH \"^([^ ]+) (.+)$\" line \"\${line}\")
                set(package \${CMAKE_MATCH_1})
                if(NOT package STREQUAL libc6)
                  file(INSTALL \${CMAKE_MATCH_2} DESTINATION \${CMAKE_INSTALL_PREFIX}/${private_dir} FOLLOW_SYMLINK_CHAIN)
                  file(REAL_PATH ${system_root}usr/share/doc/\${package}/copyright licence)
                  file(INSTALL \${licence} DESTINATION \${CMAKE_INSTALL_PREFIX}/${licence_dir}/\${package})
                endif()
              endforeach()" COMPONENT bundle EXCLUDE_FROM_ALL)

include(cmake/Package.cmake)
