#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(const std::string& graph, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  check_on_every_backend(graph, options);
}

TEST_CASE("cpu layernorm: rows of every length round the vector sizes") {
  for (const int n : {1, 2, 7, 8, 31, 32, 33, 64, 100, 768}) {
    for (const char* t : {"f32", "bf16", "f16"}) {
      check(fmt::format("graph(%x: {0}[5, {1}], %g: {0}[{1}], %b: {0}[{1}]) -> (%y) {{ %y = LayerNormalization(%x, %g, %b) }}", t,
                        n));
    }
  }
}

TEST_CASE("cpu layernorm: several axes, no beta, many rows, nothing") {
  check("graph(%x: f32[4, 5, 6], %g: f32[5, 6]) -> (%y) { %y = LayerNormalization(%x, %g) {axis = 1, epsilon = 0.1} }");
  check("graph(%x: f32[300, 65], %g: f32[65], %b: f32[65]) -> (%y) { %y = LayerNormalization(%x, %g, %b) }",
        {.ranges = {{"x", {90, 110}}}});
  check("graph(%x: f32[0, 6], %g: f32[6]) -> (%y) { %y = LayerNormalization(%x, %g) }");
}

TEST_CASE("cpu layernorm: root mean square") {
  for (const char* t : {"f32", "bf16", "f16"}) {
    check(fmt::format("graph(%x: {0}[5, 37], %g: {0}[37]) -> (%y) {{ %y = RMSNormalization(%x, %g) }}", t));
    check(fmt::format("graph(%x: {0}[3, 4, 9], %g: {0}[4, 9]) -> (%y) {{ %y = RMSNormalization(%x, %g) {{axis = 1}} }}", t));
  }
}

TEST_CASE("cpu layernorm: refusals") {
  check_on_every_backend("graph(%x: f32[4, 6], %g: f32[1]) -> (%y) { %y = LayerNormalization(%x, %g) }",
                         {.refused_by = {{"cpu", "shape"}}});
  check_on_every_backend("graph(%x: f32[4, 6], %g: f32[6]) -> (%y, %m) { %y, %m = LayerNormalization(%x, %g) }",
                         {.refused_by = {{"cpu", "mean"}}});
}

TEST_CASE("cpu layernorm: skip connections, with the sum as an output") {
  for (const char* t : {"f32", "bf16"}) {
    for (const char* skip : {"2, 7, 33", "7, 33", "1, 7, 33"}) {
      const std::string in = fmt::format("%x: {0}[2, 7, 33], %s: {0}[{1}], %g: {0}[33], %b: {0}[33], %c: {0}[33]", t, skip);
      check(
          fmt::format("graph({}) -> (%y, %z) {{ %y, _, _, %z = com.microsoft.SkipLayerNormalization(%x, %s, %g, %b, %c) }}", in));
      check(fmt::format("graph({}) -> (%y) {{ %y = com.microsoft.SkipLayerNormalization(%x, %s, %g) }}", in));
      check(fmt::format(
          "graph({}) -> (%y, %z) {{ %y, _, _, %z = com.microsoft.SkipSimplifiedLayerNormalization(%x, %s, %g, %c) }}", in));
    }
  }
}

}  // namespace
}  // namespace onnxrun::test
