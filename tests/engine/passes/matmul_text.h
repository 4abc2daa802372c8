// The graph that the tests of matrix products write their nodes into.
#pragma once

#include <string>
#include <string_view>

namespace onnxrun::test {

inline std::string product(std::string_view rest, std::string_view outputs = "%y") {
  return "graph main(%a: f32[B, S, 4], %b: f32[4, 3], %t: f32[B, 3, 4], %c: f32[3], %d: f32[1], %r: f32[B, S, 3]) -> (" + std::string(outputs) + ") {\n"
         " %k = const f32[3] {1, 2, 3}\n %half = const f32[1] {0.5}\n %zero = const f32[] {0}\n %w = const f32[4, 3] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}\n " +
         std::string(rest) + "\n}";
}

}  // namespace onnxrun::test
