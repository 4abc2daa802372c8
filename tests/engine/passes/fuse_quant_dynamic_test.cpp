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

std::string product(std::string_view rest, std::string_view outputs = "%y") {
  return quantized("%q, %qs, %qz = DynamicQuantizeLinear(%f)\n %m = MatMulInteger(%q, %b, %qz, %sz)\n %c = Cast(%m) {to = 1}\n " +
                       std::string(rest),
                   outputs);
}

TEST_CASE("fuse_quant_dynamic: a product with the scale of the run, its bias and activation") {
  const std::string text = product("%k = Mul(%qs, %ws)\n %p = Mul(%c, %k)\n %s2 = Add(%p, %bf)\n %y = Relu(%s2)");
  check_pass(text, fuse_quant_dynamic,
             quantized("%q, %qs, %qz = DynamicQuantizeLinear(%f)\n"
                       " %y = onnxrun.QuantMatMul(%q, %b, %ws, %bf, %qs, %qz) {activation = \"Relu\"}"),
             kIntegers);
  check_same_results(text, fuse_quant_dynamic, {}, kIntegers);
}

TEST_CASE("fuse_quant_dynamic: a convolution, whose bias has one number per channel") {
  const std::string text = quantized(
      "%m = ConvInteger(%x, %w, %z)\n %c = Cast(%m) {to = 1}\n %k = Mul(%s, %run)\n %p = Mul(%c, %k)\n %y = Add(%p, %cf)");
  check_pass(text, fuse_quant_dynamic,
             quantized("%k = const f32[2] {0.5, 0.5}\n %y = onnxrun.QuantConv(%x, %w, %k, %bf, %run, %z)"), kIntegers);
  check_same_results(text, fuse_quant_dynamic, {}, kIntegers);
}

TEST_CASE("fuse_quant_dynamic: a convolution in one dimension") {
  const std::string_view inputs = "graph main(%x: u8[1, 2, 9], %run: f32[]) -> (%y) {\n %z = const u8[] {3}\n %w = const i8[2, 2, 3] seed(1)\n"
                                  " %half = const f32[2] {0.5, 0.5}\n %bf = const f32[2] {1, 4}\n";
  const std::string text = std::string(inputs) +
                           " %s = const f32[] {0.5}\n %cf = const f32[1, 2, 1] {1, 4}\n %m = ConvInteger(%x, %w, %z)\n %c = Cast(%m) {to = 1}\n"
                           " %k = Mul(%s, %run)\n %p = Mul(%c, %k)\n %y = Add(%p, %cf)\n}";
  check_pass(text, fuse_quant_dynamic, std::string(inputs) + " %y = onnxrun.QuantConv(%x, %w, %half, %bf, %run, %z)\n}", kIntegers);
  check_same_results(text, fuse_quant_dynamic, {}, kIntegers);
}

TEST_CASE("fuse_quant_dynamic: a product whose sums something else wants keeps them") {
  const auto sums = [](const std::string& rest, std::string_view outputs = "%y") {
    return quantized("%q, %qs, %qz = DynamicQuantizeLinear(%f)\n %ones = const f32[2] {1, 1}\n"
                     " %m = onnxrun.QuantMatMul(%q, %b, %ones, _, _, %qz) {to = 6}\n %c = Cast(%m) {to = 1}\n " + rest,
                     outputs);
  };
  for (const char* rest : {"%y = Mul(%c, %f)", "%k = Mul(%qs, %run)\n %y = Mul(%c, %k)", "%y = Add(%c, %bf)"}) {
    check_pass(product(rest), fuse_quant_dynamic, sums(rest), kIntegers);
    check_same_results(product(rest), fuse_quant_dynamic, {}, kIntegers);
  }
  const std::string scaled = "%k = Mul(%qs, %ws)\n %y = Mul(%c, %k)";
  check_pass(product(scaled, "%y, %m"), fuse_quant_dynamic, sums(scaled, "%y, %m"), kIntegers);
  const std::string bare = quantized("%y = ConvInteger(%x, %w, %z)");
  check_pass(bare, fuse_quant_dynamic, quantized("%ones = const f32[2] {1, 1}\n %y = onnxrun.QuantConv(%x, %w, %ones, _, _, %z) {to = 6}"), kIntegers);
  check_same_results(bare, fuse_quant_dynamic, {}, kIntegers);
}

TEST_CASE("fuse_quant_dynamic: what does not fit stays") {
  check_pass_unchanged(quantized("%zr = const u8[3] {1, 2, 3}\n %y = MatMulInteger(%a, %b, %zr)"), fuse_quant_dynamic, kIntegers);
  check_pass_unchanged(quantized("%d, %ds, %dz = DynamicQuantizeLinear(%f)\n %t = Transpose(%d)\n %y = MatMulInteger(%a, %t)"), fuse_quant_dynamic, kIntegers);
  check_pass_unchanged(product("%k = Mul(%qs, %ws)\n %y = Mul(%c, %k)"), fuse_quant_dynamic);
  // One factor per column of pixels is no factor per channel.
  const std::string four = " %c = Cast(%m) {to = 1}\n %four = const f32[4] {1, 2, 3, 4}\n %k = Mul(%four, %run)\n %y = Mul(%c, %k)";
  check_pass(quantized("%m = ConvInteger(%x, %w, %z)\n" + four), fuse_quant_dynamic,
             quantized("%ones = const f32[2] {1, 1}\n %m = onnxrun.QuantConv(%x, %w, %ones, _, _, %z) {to = 6}\n" + four), kIntegers);
}

}  // namespace
}  // namespace onnxrun
