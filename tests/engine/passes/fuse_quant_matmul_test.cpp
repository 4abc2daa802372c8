#include <doctest/doctest.h>

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

std::string before(std::string_view rest, std::string_view outputs = "%y") {
  return quantized("%da = DequantizeLinear(%a, %s, %z)\n %db = DequantizeLinear(%b, %ws, %wz) {axis = 1}\n " + std::string(rest),
                   outputs);
}

TEST_CASE("fuse_quant_matmul: bias, activation and the quantised result go into it") {
  const std::string text =
      before("%m = MatMul(%da, %db)\n %p = Add(%bf, %m)\n %r = Relu(%p)\n %y = QuantizeLinear(%r, %ys, %yz)");
  check_pass(
      text, fuse_quant_matmul,
      quantized(
          "%y = onnxrun.QuantMatMul(%a, %b, %half, %bf, _, %z) {activation = \"Relu\", to = 2, y_scale = 0.25, y_zero = 10}"),
      kIntegers);
  check_same_results(text, fuse_quant_matmul, {.integer_slack = 1}, kIntegers);
}

TEST_CASE("fuse_quant_matmul: Gemm's transposed weights are turned, its factors go into the scales") {
  const std::string text = quantized(
      "%da = DequantizeLinear(%a, %s, %z)\n %db = DequantizeLinear(%b, %ws, %wz) {axis = 0}\n"
      " %y = Gemm(%da, %db, %bf) {transB = 1, alpha = 2.0, beta = 0.5}");
  check_pass(text, fuse_quant_matmul,
             quantized("%t = const i8[2, 2] {1, 3, -2, 4}\n %k = const f32[2] {0.5, 2}\n"
                       " %y = onnxrun.QuantMatMul(%a, %t, %ws, %k, _, %z)"),
             kIntegers);
  check_same_results(text, fuse_quant_matmul, {}, kIntegers);
}

TEST_CASE("fuse_quant_matmul: unsigned weights less their zero point") {
  check_pass(quantized("%da = DequantizeLinear(%a, %s)\n %du = DequantizeLinear(%u, %s, %uz)\n %y = MatMul(%da, %du)"),
             fuse_quant_matmul, quantized("%k = const f32[2] {0.25, 0.25}\n %y = onnxrun.QuantMatMul(%a, %b, %k)"), kIntegers);
  check_pass(
      quantized("%da = DequantizeLinear(%a, %s)\n %du = DequantizeLinear(%u, %s)\n %y = MatMul(%da, %du)"), fuse_quant_matmul,
      quantized(
          "%c = const i16[2, 2] {129, 126, 131, 132}\n %k = const f32[2] {0.25, 0.25}\n %y = onnxrun.QuantMatMul(%a, %c, %k)"),
      kIntegers);
}

TEST_CASE("fuse_quant_matmul: a scale found at run time is an input") {
  const std::string text = quantized("%da = DequantizeLinear(%a, %run, %z)\n %db = DequantizeLinear(%b, %ws, %wz) {axis = 1}\n %y = MatMul(%da, %db)");
  check_pass(text, fuse_quant_matmul, quantized("%y = onnxrun.QuantMatMul(%a, %b, %ws, _, %run, %z)"), kIntegers);
  check_same_results(text, fuse_quant_matmul, {}, kIntegers);
}

TEST_CASE("fuse_quant_matmul: what is not quantised as it wants stays") {
  for (const char* rest : {"%y = MatMul(%da, %da2)", "%y = MatMul(%f, %db)", "%y = Gemm(%da2, %db) {transA = 1}"}) {
    check_pass_unchanged(before(std::string("%a2 = Transpose(%a)\n %da2 = DequantizeLinear(%a2, %s, %z)\n ") + rest),
                         fuse_quant_matmul, kIntegers);
  }
  check_pass_unchanged(before("%y = MatMul(%da, %db)"), fuse_quant_matmul);
}

}  // namespace
}  // namespace onnxrun
