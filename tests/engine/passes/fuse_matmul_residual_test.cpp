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

TEST_CASE("fuse_matmul_residual: a tensor of the result's shape, and the activation after it") {
  check_pass(product("%m = onnxrun.FusedMatMul(%a, %b, %c)\n %s = Add(%r, %m)\n %y = Tanh(%s)"), fuse_matmul_residual,
             product("%y = onnxrun.FusedMatMul(%a, %b, %c, %r) {activation = \"Tanh\"}"));
  check_pass_unchanged(product("%m = onnxrun.FusedMatMul(%a, %b)\n %y = Add(%m, %c)"), fuse_matmul_residual);
  check_pass_unchanged(product("%m = onnxrun.FusedMatMul(%a, %b) {activation = \"Relu\"}\n %y = Add(%m, %r)"), fuse_matmul_residual);
  check_same_results("graph main(%a: f32[2, 4], %r: f32[2, 3]) -> (%y) {\n %w = const f32[4, 3] seed(1)\n %m = onnxrun.FusedMatMul(%a, %w)\n %y = Add(%m, %r)\n}",
                     fuse_matmul_residual);
}

}  // namespace
}  // namespace onnxrun
