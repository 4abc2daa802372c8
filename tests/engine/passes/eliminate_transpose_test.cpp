#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("eliminate_transpose: pairs compose or cancel") {
  check_pass("graph main(%x: f32[2, 3, 4]) -> (%y) {\n %a = Transpose(%x) {perm = [1, 2, 0]}\n %b = Transpose(%a) {perm = [2, 0, 1]}\n %y = Relu(%b)\n}",
             eliminate_transpose, "graph main(%x: f32[2, 3, 4]) -> (%y) {\n %y = Relu(%x)\n}");
  check_pass("graph main(%x: f32[2, 3, 4]) -> (%y) {\n %a = Transpose(%x) {perm = [1, 2, 0]}\n %y = Transpose(%a) {perm = [0, 2, 1]}\n}",
             eliminate_transpose, "graph main(%x: f32[2, 3, 4]) -> (%y) {\n %y = Transpose(%x) {perm = [1, 0, 2]}\n}");
}

TEST_CASE("eliminate_transpose: a Transpose that makes a graph output") {
  const char* between = "graph main(%x: f32[2, 3, 4]) -> (%y) {\n %a = Transpose(%x) {perm = [0, 2, 1]}\n %b = Relu(%a)\n %y = Transpose(%b) {perm = [0, 2, 1]}\n}";
  check_pass(between, eliminate_transpose, "graph main(%x: f32[2, 3, 4]) -> (%y) {\n %y = Relu(%x)\n}");
  const char* last = "graph main(%x: f32[2, 3, 4]) -> (%y) {\n %b = Relu(%x)\n %y = Transpose(%b) {perm = [0, 2, 1]}\n}";
  check_pass(last, eliminate_transpose, "graph main(%x: f32[2, 3, 4]) -> (%y) {\n %a = Transpose(%x) {perm = [0, 2, 1]}\n %y = Relu(%a)\n}");
  const char* both = "graph main(%x: f32[2, 3, 4]) -> (%b, %y) {\n %a = Transpose(%x) {perm = [0, 2, 1]}\n %b = Relu(%a)\n %y = Transpose(%b) {perm = [0, 2, 1]}\n}";
  for (const char* text : {between, last, both}) check_same_results(text, eliminate_transpose);
}

constexpr const char* kThrough = R"(graph main(%u: f32[2, 3, 4, 5], %v: f32[2, 3, 4, 5]) -> (%z) {
  %x = Softmax(%u) {axis = 1}
  %w = Softmax(%v) {axis = 1}
  %a = Transpose(%x) {perm = [0, 2, 3, 1]}
  %b = Transpose(%w) {perm = [0, 2, 3, 1]}
  %bias = const f32[3] {1, 2, 3}
  %two = const f32[] {2}
  %full = const f32[1, 4, 1, 3] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
  %c = Add(%a, %bias)
  %d = Mul(%c, %two)
  %e = Mul(%d, %full)
  %pads = const i64[8] {0, 1, 0, 0, 0, 0, 2, 0}
  %f = Pad(%e, %pads)
  %g = Pad(%b, %pads)
  %h = Concat(%f, %g) {axis = -1}
  %from = const i64[1] {1}
  %to = const i64[1] {4}
  %axis = const i64[1] {2}
  %i = Slice(%h, %from, %to, %axis)
  %y = Transpose(%i) {perm = [0, 3, 1, 2]}
  %z = Softmax(%y) {axis = 1}
})";

TEST_CASE("eliminate_transpose: through element-wise operators, Pad, Concat and Slice") {
  check_pass(kThrough, eliminate_transpose, R"(graph main(%u: f32[2, 3, 4, 5], %v: f32[2, 3, 4, 5]) -> (%z) {
  %x = Softmax(%u) {axis = 1}
  %bias = const f32[1, 3, 1, 1] {1, 2, 3}
  %c = Add(%x, %bias)
  %two = const f32[] {2}
  %d = Mul(%c, %two)
  %full = const f32[1, 3, 4, 1] {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12}
  %e = Mul(%d, %full)
  %pads = const i64[8] {0, 1, 0, 0, 0, 0, 2, 0}
  %axes = const i64[4] {0, 2, 3, 1}
  %f = Pad(%e, %pads, _, %axes)
  %w = Softmax(%v) {axis = 1}
  %same = const i64[4] {0, 2, 3, 1}
  %g = Pad(%w, %pads, _, %same)
  %h = Concat(%f, %g) {axis = 1}
  %from = const i64[1] {1}
  %to = const i64[1] {4}
  %axis = const i64[1] {3}
  %i = Slice(%h, %from, %to, %axis)
  %z = Softmax(%i) {axis = 1}
})");
  check_same_results(kThrough, eliminate_transpose);
}

TEST_CASE("eliminate_transpose: through reductions") {
  constexpr const char* kMean = R"(graph main(%u: f32[2, 3, 4, 5]) -> (%y, %k) {
  %x = Softmax(%u) {axis = 1}
  %a = Transpose(%x) {perm = [0, 2, 3, 1]}
  %axes = const i64[2] {1, 2}
  %r = Relu(%a)
  %y = ReduceMean(%r, %axes) {keepdims = 0}
  %m = ReduceMax(%r, %axes)
  %b = Transpose(%m) {perm = [0, 3, 1, 2]}
  %k = Softmax(%b) {axis = 1}
})";
  check_pass(kMean, eliminate_transpose, R"(graph main(%u: f32[2, 3, 4, 5]) -> (%y, %k) {
  %x = Softmax(%u) {axis = 1}
  %r = Relu(%x)
  %axes = const i64[2] {2, 3}
  %y = ReduceMean(%r, %axes) {keepdims = 0}
  %same = const i64[2] {2, 3}
  %m = ReduceMax(%r, %same)
  %k = Softmax(%m) {axis = 1}
})");
  check_same_results(kMean, eliminate_transpose);
  // [N, H, C] instead of [N, C, H]: the result would be in another order.
  check_pass_unchanged(R"(graph main(%u: f32[2, 3, 4, 5]) -> (%y) {
  %x = Softmax(%u) {axis = 1}
  %a = Transpose(%x) {perm = [0, 2, 3, 1]}
  %axes = const i64[1] {2}
  %y = ReduceMean(%a, %axes) {keepdims = 0}
})",
                       eliminate_transpose);
}

TEST_CASE("eliminate_transpose: a residual network in another order loses all") {
  constexpr const char* kTrunk = R"(graph main(%u: f32[1, 8, 4, 4]) -> (%out) {
  %x = Softmax(%u) {axis = 1}
  %a = Transpose(%x) {perm = [0, 2, 3, 1]}
  %r = Relu(%a)
  %b = Transpose(%r) {perm = [0, 3, 1, 2]}
  %c = Softmax(%b) {axis = 1}
  %d = Transpose(%c) {perm = [0, 2, 3, 1]}
  %s = Add(%d, %r)
  %t = Relu(%s)
  %e = Transpose(%t) {perm = [0, 3, 1, 2]}
  %out = Softmax(%e) {axis = 1}
})";
  check_pass(kTrunk, eliminate_transpose, R"(graph main(%u: f32[1, 8, 4, 4]) -> (%out) {
  %x = Softmax(%u) {axis = 1}
  %r = Relu(%x)
  %c = Softmax(%r) {axis = 1}
  %s = Add(%c, %r)
  %t = Relu(%s)
  %out = Softmax(%t) {axis = 1}
})");
}

TEST_CASE("eliminate_transpose: a Transpose moves up to the graph's input, where nothing is behind it") {
  check_pass(R"(graph main(%x: f32[N, 4, 4, 3]) -> (%y) {
  %mean = const f32[3] {1, 2, 3}
  %s = Sub(%x, %mean)
  %t = Transpose(%s) {perm = [0, 3, 1, 2]}
  %y = Softmax(%t) {axis = 1}
})",
             eliminate_transpose, R"(graph main(%x: f32[N, 4, 4, 3]) -> (%y) {
  %t = Transpose(%x) {perm = [0, 3, 1, 2]}
  %mean = const f32[1, 3, 1, 1] {1, 2, 3}
  %s = Sub(%t, %mean)
  %y = Softmax(%s) {axis = 1}
})");
}

TEST_CASE("eliminate_transpose: only dimensions of 1 move") {
  check_pass("graph main(%x: f32[N, 1, 1, 8]) -> (%y) {\n %y = Transpose(%x) {perm = [0, 3, 1, 2]}\n}", eliminate_transpose,
             "graph main(%x: f32[N, 1, 1, 8]) -> (%y) {\n %s = const i64[4] {0, 8, 1, 1}\n %y = Reshape(%x, %s)\n}");
}

TEST_CASE("eliminate_transpose: nothing is gained") {
  for (const char* body : {
           "%a = Transpose(%x) {perm = [0, 2, 3, 1]}\n %y = Relu(%a)",                                      // one at an output for one at an input
           "%a = Transpose(%x) {perm = [0, 2, 3, 1]}\n %y = Softmax(%a)",                                   // not a node that can be turned
           "%a = Transpose(%x) {perm = [0, 2, 3, 1]}\n %b = Relu(%a)\n %c = Softmax(%b)\n %y = Transpose(%c) {perm = [0, 3, 1, 2]}",
           "%a = Transpose(%x) {perm = [0, 3, 2, 1]}\n %y = Add(%a, %other)",
       }) {
    check_pass_unchanged(std::string("graph main(%x: f32[2, 3, 4, 5], %other: f32[2, 5, 4, 3]) -> (%y) {\n ") + body + "\n}", eliminate_transpose);
  }
}

}  // namespace
}  // namespace onnxrun
