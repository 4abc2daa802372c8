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

TEST_CASE("fuse_matmul_activation: the activation that follows") {
  check_pass(product("%m = onnxrun.FusedMatMul(%a, %b)\n %y = Gelu(%m) {approximate = \"tanh\"}"), fuse_matmul_activation,
             product("%y = onnxrun.FusedMatMul(%a, %b) {activation = \"GeluTanh\"}"));
  check_pass_unchanged(product("%m = onnxrun.FusedMatMul(%a, %b)\n %y = Relu(%m)", "%y, %m"), fuse_matmul_activation);
  check_pass_unchanged(product("%m = onnxrun.FusedMatMul(%a, %b) {activation = \"Tanh\"}\n %y = Relu(%m)"), fuse_matmul_activation);
  check_pass_unchanged(product("%m = onnxrun.FusedMatMul(%a, %b)\n %y = Softmax(%m)"), fuse_matmul_activation);
}

}  // namespace
}  // namespace onnxrun
