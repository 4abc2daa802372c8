#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

std::string gemm(std::string_view node, std::string_view c = "%c: f32[3]", std::string_view constants = "") {
  return "graph main(%a: f32[M, 4], %b: f32[4, 3], " + std::string(c) + ") -> (%y) {\n " + std::string(constants) + "\n %y = " + std::string(node) + "\n}";
}

TEST_CASE("gemm_to_matmul: one number per column is the bias") {
  check_pass(gemm("MatMul(%a, %b)"), gemm_to_matmul, gemm("onnxrun.FusedMatMul(%a, %b)"));
  check_pass(gemm("Gemm(%a, %b)"), gemm_to_matmul, gemm("onnxrun.FusedMatMul(%a, %b)"));
  check_pass(gemm("Gemm(%a, %b, %c) {alpha = 0.5}"), gemm_to_matmul, gemm("onnxrun.FusedMatMul(%a, %b, %c) {scale = 0.5}"));
  check_pass(gemm("Gemm(%a, %b, %k) {beta = 2.0}", "%c: f32[3]", "%k = const f32[1, 3] {1, 2, 3}"), gemm_to_matmul,
             gemm("onnxrun.FusedMatMul(%a, %b, %k)", "%c: f32[3]", "%k = const f32[3] {2, 4, 6}"));
  check_pass(gemm("Gemm(%a, %b, %k)", "%c: f32[3]", "%k = const f32[] {5}"), gemm_to_matmul,
             gemm("onnxrun.FusedMatMul(%a, %b, %k)", "%c: f32[3]", "%k = const f32[3] {5, 5, 5}"));
  check_pass(gemm("Gemm(%a, %b, %c) {beta = 0.0}"), gemm_to_matmul, gemm("onnxrun.FusedMatMul(%a, %b)"));
}

TEST_CASE("gemm_to_matmul: anything else is added") {
  check_pass(gemm("Gemm(%a, %b, %c)", "%c: f32[M, 3]"), gemm_to_matmul, gemm("Add(%m, %c)", "%c: f32[M, 3]", "%m = onnxrun.FusedMatMul(%a, %b)"));
  check_pass(gemm("Gemm(%a, %b, %c) {beta = 2.0}", "%c: f32[M, 1]"), gemm_to_matmul,
             gemm("Add(%m, %d)", "%c: f32[M, 1]", "%m = onnxrun.FusedMatMul(%a, %b)\n %k = const f32[] {2}\n %d = Mul(%c, %k)"));
}

TEST_CASE("gemm_to_matmul: transposed factors give the same result") {
  check_same_results("graph main(%a: f32[4, 2], %b: f32[3, 4], %c: f32[2, 1]) -> (%y) {\n %y = Gemm(%a, %b, %c) {transA = 1, transB = 1, alpha = 0.5, beta = 3.0}\n}",
                     gemm_to_matmul);
  check_same_results("graph main(%a: f32[2, 1, 3, 4], %b: f32[5, 4, 3]) -> (%y) {\n %y = MatMul(%a, %b)\n}", gemm_to_matmul);
}

TEST_CASE("gemm_to_matmul: integers, vectors and unknown ranks stay") {
  check_pass_unchanged("graph main(%a: i32[2, 4], %b: i32[4, 3]) -> (%y) {\n %y = MatMul(%a, %b)\n}", gemm_to_matmul);
  check_pass_unchanged("graph main(%a: f32[4], %b: f32[4, 3]) -> (%y) {\n %y = MatMul(%a, %b)\n}", gemm_to_matmul);
  check_pass_unchanged("graph main(%a: f32[...], %b: f32[4, 3]) -> (%y) {\n %y = MatMul(%a, %b)\n}", gemm_to_matmul);
}

}  // namespace
}  // namespace onnxrun
