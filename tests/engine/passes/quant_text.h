// Graph texts for the passes on quantised products.
#pragma once

#include <string>
#include <string_view>

#include "engine/backend/traits.h"
#include "engine/passes/pass.h"

namespace onnxrun::test {

// A machine with integer products, and poolings of bytes.
inline const BackendTraits kIntegerTraits = {.name = "test",
                                             .fast_in = {{DType::kInt8, {"onnxrun.QuantBinary", "onnxrun.QuantConv", "onnxrun.QuantLookup", "onnxrun.QuantMatMul"}}},
                                             .takes = {{DType::kUInt8, {"MaxPool"}}}};
inline const PassContext kIntegers = {.backends = {&kIntegerTraits, 1}};

// A graph with inputs %x (an image) and %a (rows), and parameters for both: per tensor (%s, %z), per channel (%ws, %wz).
inline std::string quantized(std::string_view rest, std::string_view outputs = "%y") {
  return "graph main(%x: u8[1, 2, 4, 4], %a: u8[3, 2], %f: f32[3, 2], %run: f32[]) -> (" + std::string(outputs) +
         ") {\n"
         " %s = const f32[] {0.5}\n %z = const u8[] {3}\n %ys = const f32[] {0.25}\n %yz = const u8[] {10}\n %sz = const i8[] {0}\n"
         " %w = const i8[2, 2, 1, 1] {1, -2, 3, 4}\n %b = const i8[2, 2] {1, -2, 3, 4}\n %ws = const f32[2] {1, 2}\n"
         " %wz = const i8[2] {0, 0}\n %uz = const u8[] {128}\n %u = const u8[2, 2] {129, 126, 131, 132}\n"
         " %bias = const i32[2] {2, 4}\n %bs = const f32[2] {0.5, 1}\n %bf = const f32[2] {1, 4}\n %half = const f32[2] {0.5, 1}\n"
         " %cf = const f32[1, 2, 1, 1] {1, 4}\n " +
         std::string(rest) + "\n}";
}

}  // namespace onnxrun::test
