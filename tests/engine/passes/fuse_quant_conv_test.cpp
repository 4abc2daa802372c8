#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/passes/passes.h"
#include "tests/engine/passes/quant_text.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;
using test::kIntegers;
using test::quantized;

constexpr std::string_view kX = "%dx = DequantizeLinear(%x, %s, %z)\n ";
constexpr std::string_view kW = "%dw = DequantizeLinear(%w, %ws, %wz) {axis = 0}\n ";

std::string before(std::string_view rest, std::string_view outputs = "%y") {
  return quantized(std::string(kX) + std::string(kW) + std::string(rest), outputs);
}

TEST_CASE("fuse_quant_conv: bias, activation and the quantised result go into it") {
  const std::string text = before(
      "%db = DequantizeLinear(%bias, %bs) {axis = 0}\n %c = Conv(%dx, %dw, %db) {pads = [1, 1, 1, 1]}\n %r = Relu(%c)\n"
      " %y = QuantizeLinear(%r, %ys, %yz)");
  check_pass(text, fuse_quant_conv,
             quantized("%y = onnxrun.QuantConv(%x, %w, %half, %bf, _, %z) {pads = [1, 1, 1, 1], activation = \"Relu\", to = 2, "
                       "y_scale = 0.25, y_zero = 10}"),
             kIntegers);
  check_same_results(text, fuse_quant_conv, {.integer_slack = 1}, kIntegers);
}

TEST_CASE("fuse_quant_conv: without QuantizeLinear the result is f32") {
  const std::string text = before("%y = Conv(%dx, %dw)");
  check_pass(text, fuse_quant_conv, quantized("%y = onnxrun.QuantConv(%x, %w, %half, _, _, %z)"), kIntegers);
  check_same_results(text, fuse_quant_conv, {}, kIntegers);
  // Somebody else reads the float.
  check_pass(before("%c = Conv(%dx, %dw)\n %y = QuantizeLinear(%c, %ys, %yz)", "%y, %c"), fuse_quant_conv,
             quantized("%c = onnxrun.QuantConv(%x, %w, %half, _, _, %z)\n %y = QuantizeLinear(%c, %ys, %yz)", "%y, %c"),
             kIntegers);
}

TEST_CASE("fuse_quant_conv: one and three spatial dimensions, not none or four") {
  const auto text = [](std::string_view size, std::string_view ones, std::string_view body) {
    return fmt::format("graph main(%x: u8[2, 2, {0}]) -> (%y) {{\n %w = const i8[2, 2, {1}] seed(1)\n %ws = const f32[] {{0.5}}\n"
                       " %dx = DequantizeLinear(%x, %ws)\n %dw = DequantizeLinear(%w, %ws)\n %one = const f32[2] {{0.25, 0.25}}\n {2}\n}}",
                       size, ones, body);
  };
  for (const auto& [size, ones] : {std::pair{"7", "3"}, {"3, 4, 5", "1, 2, 3"}}) {
    const std::string before = text(size, ones, "%y = Conv(%dx, %dw)");
    check_pass(before, fuse_quant_conv, text(size, ones, "%y = onnxrun.QuantConv(%x, %w, %one)"), kIntegers);
    check_same_results(before, fuse_quant_conv, {}, kIntegers);
  }
  check_pass_unchanged(text("2, 2, 3, 3", "1, 2, 2, 1", "%y = Conv(%dx, %dw)"), fuse_quant_conv, kIntegers);
}

TEST_CASE("fuse_quant_conv: a scale found at run time is an input") {
  const std::string text = before("%dr = DequantizeLinear(%x, %run)\n %y = Conv(%dr, %dw)");
  check_pass(text, fuse_quant_conv, quantized("%y = onnxrun.QuantConv(%x, %w, %ws, _, %run)"), kIntegers);
  check_same_results(text, fuse_quant_conv, {}, kIntegers);
}

TEST_CASE("fuse_quant_conv: what is not quantised as it wants stays") {
  for (const char* rest :
       {"%f32w = const f32[2, 2, 1, 1] seed(1)\n %y = Conv(%dx, %f32w)", "%fx = Cast(%x) {to = 1}\n %y = Conv(%fx, %dw)",
        "%px = DequantizeLinear(%x, %ws) {axis = 1}\n %y = Conv(%px, %dw)",
        "%pw = DequantizeLinear(%w, %ws, %wz) {axis = 1}\n %y = Conv(%dx, %pw)"}) {
    check_pass_unchanged(before(rest), fuse_quant_conv, kIntegers);
  }
  check_pass_unchanged(before("%y = Conv(%dx, %dw)"), fuse_quant_conv);
}

}  // namespace
}  // namespace onnxrun
