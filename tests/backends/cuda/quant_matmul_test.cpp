// Integers of 8 bits on the cuda backend: onnxrun.QuantMatMul, QuantizeLinear, DequantizeLinear.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

// A slack of 1: f32 may round a value next to a tie to the other side.
void check(const std::string& text) {
  const bool bytes = text.find("%x: u8") != std::string::npos;
  check_on_every_backend(text, {.ranges = {{"x", bytes ? Range{0, 256} : Range{-128, 128}}}, .integer_slack = 1, .claimed_by = {"cuda"}});
}

std::string product(std::string_view type, std::string_view a, int width, std::string_view rest, std::string_view attrs) {
  return fmt::format(
      "graph main(%x: {0}{1}) -> (%y) {{\n  %w = const i8[40, {2}] seed(3)\n  %f = const f32[{2}] fill(0.0078125)\n"
      "  %b = const f32[{2}] seed(4)\n  %z = const {0}[] {{7}}\n  %y = onnxrun.QuantMatMul(%x, %w, %f{3}) {{{4}}}\n}}\n",
      type, a, width, rest, attrs);
}

TEST_CASE("cuda quant matmul: sizes, bias, zero points, activations, results of every type") {
  for (const std::string_view a : {"[1, 40]", "[2, 3, 5, 40]", "[0, 40]"}) {
    for (const int width : {1, 16, 50}) {
      for (const std::string_view type : {"u8", "i8"}) {
        for (const std::string_view rest : {"", ", %b, _, %z", ", _, _, %z"}) {
          for (const std::string_view attrs :
               {"", "activation = \"Relu\", to = 2, y_scale = 0.5, y_zero = 3", "to = 3, y_scale = 0.25, y_zero = -5", "activation = \"Gelu\"",
                "activation = \"Clip\", act_alpha = -1.0, act_beta = 6.0, to = 2, y_scale = 0.03, y_zero = 9"}) {
            check(product(type, a, width, rest, attrs));
          }
        }
      }
    }
  }
}

TEST_CASE("cuda quant matmul: sums of the largest bytes are exact") {
  for (const std::string_view w : {"fill(127)", "fill(-128)"}) {
    for (const auto& [type, range] : {std::pair<std::string_view, Range>{"u8", {255, 256}}, {"i8", {-128, -127}}}) {
      check_on_every_backend(
          fmt::format("graph main(%x: {}[9, 1030]) -> (%y) {{\n  %w = const i8[1030, 24] {}\n  %f = const f32[24] fill(0.5)\n"
                      "  %y = onnxrun.QuantMatMul(%x, %w, %f)\n}}\n",
                      type, w),
          {.ranges = {{"x", range}}, .math = Math::kExact, .claimed_by = {"cuda"}});
    }
  }
}

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
