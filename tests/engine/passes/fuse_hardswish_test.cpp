#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

std::string gate(std::string_view rest, std::string_view outputs = "%y", std::string_view shape = "[N, 4]") {
  return "graph main(%x: f32" + std::string(shape) + ") -> (" + std::string(outputs) + ") {\n %zero = const f32[] {0}\n %three = const f32[] {3}\n"
         " %six = const f32[] {6}\n %five = const f32[] {5}\n %sixth = const f32[] {0.16666667}\n %a = Add(%x, %three)\n %r = Clip(%a, %zero, %six)\n " +
         std::string(rest) + "\n}";
}

TEST_CASE("fuse_hardswish: as PyTorch's exporters write them") {
  for (const char* rest : {"%m = Mul(%x, %r)\n %y = Div(%m, %six)", "%m = Mul(%r, %x)\n %y = Mul(%m, %sixth)", "%g = Div(%r, %six)\n %y = Mul(%x, %g)",
                           "%g = Mul(%sixth, %r)\n %y = Mul(%g, %x)", "%g = HardSigmoid(%x) {alpha = 0.16666667, beta = 0.5}\n %y = Mul(%x, %g)"}) {
    CAPTURE(rest);
    check_pass(gate(rest), fuse_hardswish, "graph main(%x: f32[N, 4]) -> (%y) {\n %y = HardSwish(%x)\n}");
    check_same_results(gate(rest, "%y", "[64]"), fuse_hardswish, {.ranges = {{"x", {-5, 5}}}});
  }
  check_pass(gate("%y = Div(%r, %six)"), fuse_hardswish, "graph main(%x: f32[N, 4]) -> (%y) {\n %y = HardSigmoid(%x) {alpha = 0.16666667, beta = 0.5}\n}");
}

TEST_CASE("fuse_hardswish: other numbers and other readers stay") {
  check_pass_unchanged(gate("%y = Div(%r, %five)"), fuse_hardswish);
  check_pass_unchanged(gate("%y = Div(%six, %r)"), fuse_hardswish);
  check_pass_unchanged(gate("%y = Div(%r, %six)", "%y, %r"), fuse_hardswish);
  check_pass_unchanged(gate("%m = Mul(%a, %r)\n %y = Div(%m, %six)"), fuse_hardswish);
  check_pass_unchanged(gate("%g = HardSigmoid(%x)\n %y = Mul(%x, %g)"), fuse_hardswish);
}

}  // namespace
}  // namespace onnxrun
