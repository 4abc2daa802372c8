#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

std::string branches(std::string_view condition) {
  return std::string("graph main(%x: f32[2], %b: bool[]) -> (%y) {\n %t = const bool[] {true}\n %f = const bool[] {false}\n %y = If(") +
         std::string(condition) + R"( | %x) then_branch {
    graph t(%a: f32[2]) -> (%r) {
      %two = const f32[] {2}
      %r = Mul(%a, %two)
    }
  } else_branch {
    graph e(%a: f32[2]) -> (%a) {
    }
  }
})";
}

TEST_CASE("inline_branch: a constant condition leaves the branch that is taken") {
  check_pass(branches("%t"), inline_branch,
             "graph main(%x: f32[2], %b: bool[]) -> (%y) {\n %two = const f32[] {2}\n %y = Mul(%x, %two)\n}");
  check_pass(branches("%f"), inline_branch, "graph main(%x: f32[2], %b: bool[]) -> (%x as \"y\") {\n}");
  check_same_results(branches("%t"), inline_branch);
}

TEST_CASE("inline_branch: other conditions stay") { check_pass_unchanged(branches("%b"), inline_branch); }

}  // namespace
}  // namespace onnxrun
