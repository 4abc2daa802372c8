#!/usr/bin/env bash
# Installs the build tree, then builds and runs a program outside it, once through find_package and once through pkg-config.
#   install_test.sh BUILD_DIR SOURCE_DIR MODEL
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$1" --prefix "$work/usr" > "$work/install.log" || { cat "$work/install.log"; exit 1; }

cmake -S "$2/tests/install/program" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/usr" > "$work/configure.log" || { cat "$work/configure.log"; exit 1; }
cmake --build "$work/build"
"$work/build/embedder" "$3" | tee "$work/first"

export PKG_CONFIG_PATH; PKG_CONFIG_PATH=$(find "$work/usr" -name pkgconfig -type d)
libdir=$(pkg-config --variable=libdir onnxrun)
c++ "$2/tests/install/program/main.cpp" $(pkg-config --cflags --libs onnxrun) -Wl,-rpath,"$libdir" -o "$work/second_program"
"$work/second_program" "$3" > "$work/second"
cmp "$work/first" "$work/second"

"$work/usr/bin/onnx-run" backends
