#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("merge_common: equal nodes and equal constants are one") {
  check_pass(R"(graph main(%x: f32[2]) -> (%y, %d) {
  %k = const f32[2] {1, 2}
  %l = const f32[2] {1, 2}
  %a = Add(%x, %k)
  %b = Add(%x, %l)
  %c = Relu(%a)
  %d = Relu(%b)
  %y = Mul(%c, %d)
})",
             merge_common, R"(graph main(%x: f32[2]) -> (%y, %c as "d") {
  %k = const f32[2] {1, 2}
  %a = Add(%x, %k)
  %c = Relu(%a)
  %y = Mul(%c, %c)
})");
}

TEST_CASE("merge_common: other attributes, other bits and other types stay") {
  check_pass_unchanged("graph main(%x: f32[2, 2]) -> (%a, %b) {\n %a = Softmax(%x) {axis = 0}\n %b = Softmax(%x)\n}", merge_common);
  check_pass_unchanged("graph main() -> (%a, %b) {\n %a = const f32[] {0}\n %b = const f32[] {-0}\n}", merge_common);
  check_pass_unchanged("graph main() -> (%a, %b) {\n %a = const f32[1] {0}\n %b = const i32[1] {0}\n}", merge_common);
  check_pass_unchanged("graph main() -> (%a, %b) {\n %a = const f32[1] {0}\n %b = const f32[] {0}\n}", merge_common);
}

TEST_CASE("merge_common: random numbers are drawn as often as the model says") {
  if (find_op(kOnnx, "RandomNormalLike") == nullptr) return;
  check_pass_unchanged("graph main(%x: f32[2]) -> (%a, %b) {\n %a = RandomNormalLike(%x)\n %b = RandomNormalLike(%x)\n}", merge_common);
}

}  // namespace
}  // namespace onnxrun
