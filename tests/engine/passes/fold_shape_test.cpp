#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("fold_shape: dimensions that are copied") {
  check_pass(R"(graph main(%x: f32[N, S, 768]) -> (%y) {
  %s = Shape(%x)
  %first = const i64[1] {0}
  %second = const i64[1] {1}
  %n = Gather(%s, %first)
  %l = Gather(%s, %second)
  %h = const i64[2] {12, 64}
  %t = Concat(%n, %l, %h) {axis = 0}
  %y = Reshape(%x, %t)
})",
             fold_shape, "graph main(%x: f32[N, S, 768]) -> (%y) {\n %t = const i64[4] {0, 0, 12, 64}\n %y: f32[N, S, 12, 64] = Reshape(%x, %t)\n}");
}

TEST_CASE("fold_shape: a dimension that follows from the rest, and Expand") {
  check_pass(R"(graph main(%x: f32[N, S, 768]) -> (%y) {
  %s = Shape(%x) {end = 1}
  %r = Shape(%x) {start = 1, end = 2}
  %p = Mul(%s, %r)
  %c = const i64[1] {768}
  %t = Concat(%p, %c) {axis = 0}
  %y = Reshape(%x, %t)
})",
             fold_shape, "graph main(%x: f32[N, S, 768]) -> (%y) {\n %t = const i64[2] {-1, 768}\n %y = Reshape(%x, %t)\n}");
  check_pass(R"(graph main(%x: f32[N, 1, S]) -> (%y) {
  %n = Shape(%x) {end = 1}
  %e = const i64[1] {8}
  %l = Shape(%x) {start = 2}
  %t = Concat(%n, %e, %l) {axis = 0}
  %y = Expand(%x, %t)
})",
             fold_shape, "graph main(%x: f32[N, 1, S]) -> (%y) {\n %t = const i64[3] {1, 8, 1}\n %y = Expand(%x, %t)\n}");
}

TEST_CASE("fold_shape: shapes that can't be written down stay") {
  // A copied dimension may be 0 at run time, then nothing follows for the other.
  check_pass_unchanged(R"(graph main(%x: f32[N, S, 2, 8]) -> (%y) {
  %n = Shape(%x) {end = 1}
  %l = Shape(%x) {start = 1, end = 2}
  %two = const i64[1] {2}
  %m = Mul(%l, %two)
  %h = const i64[1] {8}
  %t = Concat(%n, %m, %h) {axis = 0}
  %y = Reshape(%x, %t)
})",
                       fold_shape);
  check_pass_unchanged("graph main(%x: f32[N, 8], %t: i64[3]) -> (%y) {\n %y = Reshape(%x, %t)\n}", fold_shape);
  check_pass_unchanged("graph main(%x: f32[1, 8], %z: f32[N]) -> (%y) {\n %n = Shape(%z)\n %e = const i64[1] {8}\n"
                       " %t = Concat(%n, %e) {axis = 0}\n %y = Expand(%x, %t)\n}", fold_shape);
}

}  // namespace
}  // namespace onnxrun
