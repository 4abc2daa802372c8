#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/engine/passes/matmul_text.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;
using test::product;

TEST_CASE("fold_transpose_into_matmul: the last two dimensions") {
  check_pass(product("%u = Transpose(%t) {perm = [0, 2, 1]}\n %y = onnxrun.FusedMatMul(%a, %u)"), fold_transpose_into_matmul,
             product("%y = onnxrun.FusedMatMul(%a, %t) {transB = 1}"));
  check_pass(product("%u = Transpose(%b)\n %y = onnxrun.FusedMatMul(%u, %r) {transA = 1}"), fold_transpose_into_matmul,
             product("%y = onnxrun.FusedMatMul(%b, %r)"));
  check_pass_unchanged(product("%u = Transpose(%a) {perm = [1, 0, 2]}\n %y = onnxrun.FusedMatMul(%u, %b)"), fold_transpose_into_matmul);
  check_same_results("graph main(%a: f32[2, 3, 4], %t: f32[2, 5, 4]) -> (%y) {\n %u = Transpose(%t) {perm = [0, 2, 1]}\n %y = onnxrun.FusedMatMul(%a, %u)\n}",
                     fold_transpose_into_matmul);
}

}  // namespace
}  // namespace onnxrun
