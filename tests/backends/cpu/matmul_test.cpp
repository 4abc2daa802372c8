#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(std::string_view inputs, std::string_view body) {
  check_on_every_backend(fmt::format("graph({}) -> (%y) {{ {} }}", inputs, body), {.claimed_by = {"cpu"}});
}

TEST_CASE("cpu matmul: sizes round tiles, panels and blocks; b constant and not") {
  for (const int m : {1, 2, 5, 6, 7, 13, 97}) {
    for (const int n : {1, 15, 16, 17, 33, 130, 300}) {
      for (const int k : {1, 7, 64}) {
        check(fmt::format("%a: f32[{}, {}]", m, k),
              fmt::format("%b = const f32[{}, {}] seed(3)\n %y = onnxrun.FusedMatMul(%a, %b)", k, n));
      }
    }
    check(fmt::format("%a: f32[{}, 20], %b: f32[20, 37]", m), "%y = onnxrun.FusedMatMul(%a, %b)");
    check(fmt::format("%a: f32[{}, 20], %b: f32[37, 20]", m), "%y = onnxrun.FusedMatMul(%a, %b) {transB = 1}");
    check(fmt::format("%a: f32[{}, 700]", m), "%b = const f32[37, 700] seed(4)\n %y = onnxrun.FusedMatMul(%a, %b) {transB = 1}");
  }
  check("%a: f32[300, 600], %b: f32[600, 310]", "%y = onnxrun.FusedMatMul(%a, %b)");
}

TEST_CASE("cpu matmul: scale, bias, residual and every activation") {
  for (const char* act :
       {"", "Relu", "LeakyRelu", "Clip", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Swish", "Gelu", "GeluTanh", "Elu"}) {
    for (const int k : {20, 600}) {
      check(
          fmt::format("%a: f32[7, {0}], %b: f32[{0}, 37], %c: f32[37], %r: f32[7, 37]", k),
          fmt::format(
              "%y = onnxrun.FusedMatMul(%a, %b, %c, %r) {{scale = 0.5, activation = \"{}\", act_alpha = 0.25, act_beta = 0.75}}",
              act));
    }
  }
  check("%a: f32[1, 20], %r: f32[1, 200]",
        "%b = const f32[20, 200] seed(5)\n %y = onnxrun.FusedMatMul(%a, %b, _, %r) {activation = \"Relu\"}");
}

TEST_CASE("cpu matmul: batches on either side") {
  check("%a: f32[2, 3, 5, 8], %b: f32[2, 3, 8, 9]", "%y = onnxrun.FusedMatMul(%a, %b)");
  check("%a: f32[2, 3, 5, 8], %b: f32[8, 9]", "%y = onnxrun.FusedMatMul(%a, %b)");
  check("%a: f32[2, 3, 5, 8], %b: f32[1, 1, 9, 8]", "%y = onnxrun.FusedMatMul(%a, %b) {transB = 1}");
  check("%a: f32[5, 8], %b: f32[4, 8, 9]", "%y = onnxrun.FusedMatMul(%a, %b)");
  check("%a: f32[2, 1, 5, 8], %b: f32[3, 8, 9]", "%y = onnxrun.FusedMatMul(%a, %b)");
  check("%a: f32[3, 5, 8]", "%b = const f32[3, 8, 9] seed(6)\n %y = onnxrun.FusedMatMul(%a, %b)");
}

TEST_CASE("cpu matmul: of nothing") {
  check("%a: f32[0, 8], %b: f32[8, 9]", "%y = onnxrun.FusedMatMul(%a, %b)");
  check("%a: f32[4, 0], %b: f32[0, 9], %c: f32[9]", "%y = onnxrun.FusedMatMul(%a, %b, %c)");
  check("%a: f32[4, 8], %b: f32[8, 0]", "%y = onnxrun.FusedMatMul(%a, %b)");
}

}  // namespace
}  // namespace onnxrun::test
