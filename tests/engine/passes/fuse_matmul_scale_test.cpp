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

TEST_CASE("fuse_matmul_scale: constant factors before and after") {
  check_pass(product("%m = onnxrun.FusedMatMul(%a, %b)\n %y = Mul(%half, %m)"), fuse_matmul_scale, product("%y = onnxrun.FusedMatMul(%a, %b) {scale = 0.5}"));
  check_pass(product("%m = Div(%a, %half)\n %y = onnxrun.FusedMatMul(%m, %b)"), fuse_matmul_scale, product("%y = onnxrun.FusedMatMul(%a, %b) {scale = 2.0}"));
  check_pass(product("%m = onnxrun.FusedMatMul(%a, %w, %k)\n %y = Mul(%m, %k)"), fuse_matmul_scale,
             product("%v = const f32[4, 3] {1, 4, 9, 4, 10, 18, 7, 16, 27, 10, 22, 36}\n %l = const f32[3] {1, 4, 9}\n %y = onnxrun.FusedMatMul(%a, %v, %l)"));
  check_same_results("graph main(%a: f32[2, 4]) -> (%y) {\n %w = const f32[3, 4] seed(1)\n %k = const f32[1, 3] {2, 4, 8}\n"
                     " %m = onnxrun.FusedMatMul(%a, %w) {transB = 1}\n %y = Div(%m, %k)\n}", fuse_matmul_scale);
  for (const char* rest : {"%m = onnxrun.FusedMatMul(%a, %b)\n %y = Mul(%m, %d)", "%m = onnxrun.FusedMatMul(%a, %b)\n %y = Mul(%m, %k)",
                           "%m = onnxrun.FusedMatMul(%a, %b)\n %y = Div(%half, %m)", "%m = onnxrun.FusedMatMul(%a, %b)\n %y = Div(%m, %zero)",
                           "%m = onnxrun.FusedMatMul(%a, %b) {activation = \"Relu\"}\n %y = Mul(%m, %half)",
                           "%m = onnxrun.FusedMatMul(%a, %b, %c)\n %y = Mul(%m, %half)"}) {
    check_pass_unchanged(product(rest), fuse_matmul_scale);
  }
  check_pass_unchanged(product("%m = Mul(%a, %half)\n %y = onnxrun.FusedMatMul(%m, %b)", "%y, %m"), fuse_matmul_scale);
}

}  // namespace
}  // namespace onnxrun
