#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("fuse_swish: x times its sigmoid") {
  check_pass("graph main(%x: f32[N]) -> (%y) {\n %s = Sigmoid(%x)\n %y = Mul(%s, %x)\n}", fuse_swish,
             "graph main(%x: f32[N]) -> (%y) {\n %y = Swish(%x)\n}");
  constexpr const char* kQuick = "graph main(%x: f32[8]) -> (%y) {\n %k = const f32[] {1.75}\n %t = Mul(%x, %k)\n %s = Sigmoid(%t)\n %y = Mul(%x, %s)\n}";
  check_pass(kQuick, fuse_swish, "graph main(%x: f32[8]) -> (%y) {\n %y = Swish(%x) {alpha = 1.75}\n}");
  check_same_results(kQuick, fuse_swish);
}

TEST_CASE("fuse_swish: other products stay") {
  check_pass_unchanged("graph main(%x: f32[N], %z: f32[N]) -> (%y) {\n %s = Sigmoid(%x)\n %y = Mul(%s, %z)\n}", fuse_swish);
  check_pass_unchanged("graph main(%x: f32[N]) -> (%y, %s) {\n %s = Sigmoid(%x)\n %y = Mul(%s, %x)\n}", fuse_swish);
  check_pass_unchanged("graph main(%x: f32[N]) -> (%y) {\n %s = Sigmoid(%x)\n %y = Mul(%s, %s)\n}", fuse_swish);
  check_pass_unchanged("graph main(%x: f32[1], %k: f32[N]) -> (%y) {\n %t = Mul(%x, %k)\n %s = Sigmoid(%t)\n %y = Mul(%x, %s)\n}", fuse_swish);
}

}  // namespace
}  // namespace onnxrun
