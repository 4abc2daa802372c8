# Cross-building for aarch64 with Debian's g++-aarch64-linux-gnu, the libraries and the emulator that third_party/aarch64/setup has put
# into the cache. What runs during the build (protoc, Python) is the machine's own.
if(NOT DEFINED ONNXRUN_CACHE)
  set(ONNXRUN_CACHE $ENV{ONNXRUN_CACHE})
  if(NOT ONNXRUN_CACHE)
    set(ONNXRUN_CACHE $ENV{HOME}/.cache/onnxrun)
  endif()
endif()
set(ONNXRUN_DEPENDENCIES ${ONNXRUN_CACHE}/aarch64)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_SYSROOT ${ONNXRUN_DEPENDENCIES}/sysroot)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${ONNXRUN_DEPENDENCIES})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})

# A processor with SVE and bf16; tools/dev/arm-check names each of the processors that it tests.
set(CMAKE_CROSSCOMPILING_EMULATOR ${ONNXRUN_DEPENDENCIES}/qemu-aarch64 -cpu neoverse-v1 -L ${CMAKE_SYSROOT})
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ONNXRUN_CACHE)
