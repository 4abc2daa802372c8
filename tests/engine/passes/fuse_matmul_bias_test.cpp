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

TEST_CASE("fuse_matmul_bias: one number per column") {
  check_pass(product("%m = onnxrun.FusedMatMul(%a, %b)\n %y = Add(%c, %m)"), fuse_matmul_bias, product("%y = onnxrun.FusedMatMul(%a, %b, %c)"));
  check_pass(product("%m = onnxrun.FusedMatMul(%a, %b, %k)\n %s = Sub(%m, %k)\n %y = Add(%s, %k)"), fuse_matmul_bias,
             product("%y = onnxrun.FusedMatMul(%a, %b, %k)"));
  for (const char* rest : {"%m = onnxrun.FusedMatMul(%a, %b)\n %y = Add(%m, %d)", "%m = onnxrun.FusedMatMul(%a, %b, %c)\n %y = Add(%m, %k)",
                           "%m = onnxrun.FusedMatMul(%a, %b)\n %y = Sub(%k, %m)", "%m = onnxrun.FusedMatMul(%a, %b)\n %y = Add(%m, %r)",
                           "%m = onnxrun.FusedMatMul(%a, %b) {activation = \"Relu\"}\n %y = Add(%m, %c)"}) {
    check_pass_unchanged(product(rest), fuse_matmul_bias);
  }
  check_pass_unchanged(product("%m = onnxrun.FusedMatMul(%a, %b)\n %y = Add(%m, %c)", "%y, %m"), fuse_matmul_bias);
  check_same_results("graph main(%a: f32[2, 4]) -> (%y) {\n %w = const f32[4, 3] seed(1)\n %k = const f32[1, 3] {2, 4, 8}\n"
                     " %m = onnxrun.FusedMatMul(%a, %w)\n %y = Sub(%m, %k)\n}", fuse_matmul_bias);
}

}  // namespace
}  // namespace onnxrun
