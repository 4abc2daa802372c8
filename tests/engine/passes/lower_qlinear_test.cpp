#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/engine/passes/quant_text.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;
using test::quantized;

TEST_CASE("lower_qlinear: a convolution with bias, scales per channel") {
  const std::string text = quantized("%y = QLinearConv(%x, %s, %z, %w, %ws, %wz, %ys, %yz, %bias) {pads = [1, 0, 0, 1]}");
  check_pass(
      text, lower_qlinear,
      quantized("%dx = DequantizeLinear(%x, %s, %z)\n %dw = DequantizeLinear(%w, %ws, %wz) {axis = 0}\n"
                " %k = const f32[2] {1, 4}\n %c = Conv(%dx, %dw, %k) {pads = [1, 0, 0, 1]}\n %y = QuantizeLinear(%c, %ys, %yz)"));
  check_same_results(text, lower_qlinear, {.integer_slack = 1});
}

TEST_CASE("lower_qlinear: a product") {
  const std::string text = quantized("%y = QLinearMatMul(%a, %s, %z, %b, %ws, %wz, %ys, %yz)");
  check_pass(text, lower_qlinear,
             quantized("%da = DequantizeLinear(%a, %s, %z)\n %db = DequantizeLinear(%b, %ws, %wz)\n"
                       " %m = MatMul(%da, %db)\n %y = QuantizeLinear(%m, %ys, %yz)"));
  check_same_results(text, lower_qlinear, {.integer_slack = 1});
}

TEST_CASE("lower_qlinear: scales found at run time, or one per row") {
  check_pass_unchanged(quantized("%y = QLinearMatMul(%a, %run, %z, %b, %ws, %wz, %ys, %yz)"), lower_qlinear);
  check_pass_unchanged(quantized("%rs = const f32[3] {1, 2, 3}\n %rz = const u8[3] {1, 2, 3}\n"
                                 " %y = QLinearMatMul(%a, %rs, %rz, %b, %ws, %wz, %ys, %yz)"),
                       lower_qlinear);
}

}  // namespace
}  // namespace onnxrun
