#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("eliminate_reshape: chains become one, pairs none") {
  check_pass(R"(graph main(%x: f32[N, 8]) -> (%y) {
  %i = const i64[1] {1}
  %a = Unsqueeze(%x, %i)
  %b = Squeeze(%a, %i)
  %y = Relu(%b)
})",
             eliminate_reshape, "graph main(%x: f32[N, 8]) -> (%y) {\n %y = Relu(%x)\n}");
  check_pass(R"(graph main(%x: f32[2, 3, 4]) -> (%y) {
  %s = const i64[2] {6, 4}
  %a = Reshape(%x, %s)
  %b = Flatten(%a) {axis = 0}
  %y = Relu(%b)
})",
             eliminate_reshape, "graph main(%x: f32[2, 3, 4]) -> (%y) {\n %t = const i64[2] {1, 24}\n %b = Reshape(%x, %t)\n %y = Relu(%b)\n}");
}

TEST_CASE("eliminate_reshape: other readers keep the shape in between") {
  check_pass(R"(graph main(%x: f32[N, 8]) -> (%y, %a) {
  %s = const i64[3] {0, 2, 4}
  %a = Reshape(%x, %s)
  %t = const i64[3] {0, 4, 2}
  %y = Reshape(%a, %t)
})",
             eliminate_reshape, R"(graph main(%x: f32[N, 8]) -> (%y, %a) {
  %t = const i64[3] {0, 4, 2}
  %y = Reshape(%x, %t)
  %s = const i64[3] {0, 2, 4}
  %a = Reshape(%x, %s)
})");
}

TEST_CASE("eliminate_reshape: single ones, and shapes that can't be written down, stay") {
  check_pass_unchanged("graph main(%x: f32[N, 8]) -> (%y) {\n %y = Flatten(%x) {axis = 0}\n}", eliminate_reshape);
  check_pass_unchanged("graph main(%x: f32[A, B, 6], %s: i64[4], %t: i64[2]) -> (%y) {\n %a = Reshape(%x, %s)\n %y = Reshape(%a, %t)\n}", eliminate_reshape);
}

TEST_CASE("lower_sum: sums are chains of Adds") {
  check_pass("graph main(%a: f32[2], %b: f32[2], %c: f32[1]) -> (%y) {\n %y = Sum(%a, %b, %c)\n}", lower_sum,
             "graph main(%a: f32[2], %b: f32[2], %c: f32[1]) -> (%y) {\n %t = Add(%a, %b)\n %y = Add(%t, %c)\n}");
  check_pass_unchanged("graph main(%a: f32[2]) -> (%y) {\n %y = Sum(%a)\n}", lower_sum);
}

}  // namespace
}  // namespace onnxrun
