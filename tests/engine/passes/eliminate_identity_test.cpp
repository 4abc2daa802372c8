#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("eliminate_identity: operators that hand on their input go") {
  for (const char* node : {"Identity(%x)", "Dropout(%x)", "Dropout(%x, %half, %off)", "Cast(%x) {to = 1}", "Reshape(%x, %shape)",
                           "Flatten(%x)", "Expand(%x, %shape)", "Transpose(%x) {perm = [0, 1]}", "Pad(%x, %zeros)", "Concat(%x) {axis = 0}",
                           "Sum(%x)", "Max(%x)", "Add(%x, %zero)", "Add(%zeros2, %x)", "Sub(%x, %zero)", "Mul(%one, %x)", "Div(%x, %one)",
                           "Slice(%x, %begin, %end)", "Tile(%x, %ones)", "Where(%off, %zero, %x)", "Where(%always, %x, %zeros2)"}) {
    const auto text = [&](std::string_view result) {
      return std::string("graph main(%x: f32[2, 3]) -> (%y) {\n %half = const f32[] {0.5}\n %off = const bool[] {false}\n"
                         " %always = const bool[2, 1] {true, true}\n %shape = const i64[2] {2, 3}\n %zeros = const i64[4] {0, 0, 0, 0}\n %zero = const f32[] {0}\n"
                         " %zeros2 = const f32[1, 3] {0, 0, 0}\n %one = const f32[1] {1}\n %ones = const i64[2] {1, 1}\n"
                         " %begin = const i64[2] {0, 0}\n %end = const i64[2] {9, 9}\n %t = ") +
             std::string(result) + "\n %y = Relu(%t)\n}";
    };
    CAPTURE(node);
    check_pass(text(node), eliminate_identity, "graph main(%x: f32[2, 3]) -> (%y) {\n %y = Relu(%x)\n}");
    check_same_results(text(node), eliminate_identity);
  }
}

TEST_CASE("eliminate_identity: symbolic shapes that are equal, and outputs of the graph") {
  check_pass("graph main(%x: f32[N, 8]) -> (%y as \"z\") {\n %s = Shape(%x)\n %y = Reshape(%x, %s)\n}", eliminate_identity,
             "graph main(%x: f32[N, 8]) -> (%x as \"z\") {\n}");
}

TEST_CASE("eliminate_identity: nodes that change something stay") {
  for (const char* node : {"Dropout(%x, %half, %on)", "Cast(%x) {to = 11}", "Reshape(%x, %shape)", "Transpose(%x)", "Slice(%x, %last, %before, %axis, %back)",
                           "Add(%x, %one)", "Sub(%zero, %x)", "Div(%one, %x)", "Mul(%x, %zero)", "Add(%x, %zeros)", "Pad(%x, %pads)",
                           "Concat(%x, %x) {axis = 0}", "Where(%mixed, %x, %zero)", "Where(%on, %zero, %x)", "Where(%off2, %x, %x)"}) {
    CAPTURE(node);
    check_pass_unchanged(std::string("graph main(%x: f32[3, 3]) -> (%y) {\n %half = const f32[] {0.5}\n %on = const bool[] {true}\n"
                                     " %mixed = const bool[3] {true, false, true}\n %off2 = const bool[2, 1, 1] {false, false}\n"
                                     " %shape = const i64[2] {1, 9}\n %zero = const f32[] {0}\n %one = const f32[1] {1}\n"
                                     " %zeros = const f32[2, 1, 1] {0, 0}\n %pads = const i64[4] {0, 0, 1, 0}\n %last = const i64[1] {2}\n"
                                     " %before = const i64[1] {-9}\n %axis = const i64[1] {0}\n %back = const i64[1] {-1}\n %y = ") + node + "\n}",
                         eliminate_identity);
  }
  check_pass_unchanged("graph main(%x: f32[N, 8], %s: i64[2]) -> (%y) {\n %y = Reshape(%x, %s)\n}", eliminate_identity);
  check_pass_unchanged("graph main(%x: f32[2, 3]) -> (%y, %m) {\n %y, %m = Dropout(%x)\n}", eliminate_identity);
}

}  // namespace
}  // namespace onnxrun
