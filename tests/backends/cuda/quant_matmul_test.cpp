// Integers of 8 bits on the cuda backend: onnxrun.QuantMatMul, QuantizeLinear, DequantizeLinear.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"
#include "tests/support/quant_product.h"

namespace onnxrun::test {
namespace {

TEST_CASE("cuda quant matmul: sizes, bias, zero points, activations, results of every type") {
  for (const std::string_view a : {"[1, 40]", "[2, 3, 5, 40]", "[0, 40]"}) {
    for (const int width : {1, 16, 50}) {
      for (const std::string_view type : {"u8", "i8"}) {
        for (const std::string_view rest : {"", ", %b, _, %z", ", _, _, %z"}) {
          for (const std::string_view end : kQuantEnds) check_quant(quant_matmul(type, a, 40, width, rest, end), "cuda");
        }
      }
    }
  }
}

TEST_CASE("cuda quant matmul: sums of the largest bytes are exact") { check_largest_quant_sums("cuda"); }

TEST_CASE("cuda quantize: one scale for all, ties to even, saturation, both ways") {
  for (const std::string_view type : {"u8", "i8"}) {
    for (const std::string_view layout : {"", "@channels_last"}) {
      check_on_every_backend(fmt::format("graph main(%x: f32[2, 3, 5, 4]{1}) -> (%y) {{\n  %s = const f32[] {{0.25}}\n  %z = const {0}[] {{5}}\n"
                                         "  %y = QuantizeLinear(%x, %s, %z)\n}}\n",
                                         type, layout),
                             {.ranges = {{"x", {-70, 70}}}, .claimed_by = {"cuda"}});
      check_on_every_backend(fmt::format("graph main(%x: {0}[2, 3, 5, 4]{1}) -> (%y) {{\n  %s = const f32[1] {{0.25}}\n  %z = const {0}[1] {{5}}\n"
                                         "  %y = DequantizeLinear(%x, %s, %z)\n}}\n",
                                         type, layout),
                             {.ranges = {{"x", {0, 128}}}, .claimed_by = {"cuda"}});
    }
  }
  check_on_every_backend("graph main(%x: f32[6]) -> (%y) {\n  %s = const f32[] {2.0}\n  %y = QuantizeLinear(%x, %s)\n}\n",
                         {.ranges = {{"x", {-9, 600}}}, .claimed_by = {"cuda"}});
  check_on_every_backend("graph main(%x: f32[2, 3]) -> (%y) {\n  %s = const f32[3] {2.0, 1.0, 0.5}\n  %y = QuantizeLinear(%x, %s)\n}\n",
                         {.refused_by = {{"cuda", "more than one scale"}}});
}

TEST_CASE("cuda quant matmul: scale and zero point found at run time; what it doesn't take") {
  check_on_every_backend(
      "graph main(%x: u8[3, 70], %s: f32[], %zero: u8[]) -> (%y) {\n  %w = const i8[70, 20] seed(3)\n"
      "  %f = const f32[20] seed(5)\n  %b = const f32[20] seed(6)\n  %y = onnxrun.QuantMatMul(%x, %w, %f, %b, %s, %zero)\n}\n",
      {.ranges = {{"x", {0, 256}}}, .claimed_by = {"cuda"}});
  check_on_every_backend(
      "graph main(%x: u8[3, 70]) -> (%y) {\n  %w = const i16[70, 20] fill(255)\n  %f = const f32[20] seed(5)\n"
      "  %y = onnxrun.QuantMatMul(%x, %w, %f)\n}\n",
      {.ranges = {{"x", {0, 256}}}, .refused_by = {{"cuda", "i16"}}});
}

}  // namespace
}  // namespace onnxrun::test
