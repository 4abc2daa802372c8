// Whatever moves elements, on the emulated cuda; tests/backends/cpu/movement_test.cpp has more cases, which run here too.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(const std::string& graph) { check_on_every_backend(graph, {.claimed_by = {"cuda"}}); }
void refuse(const std::string& graph, const std::string& why) { check_on_every_backend(graph, {.refused_by = {{"cuda", why}}}); }

TEST_CASE("cuda movement: permutations, layouts, elements of every size") {
  for (const char* t : {"f32", "u8", "bf16", "i64", "c128", "bool"}) {
    check(fmt::format("graph(%x: {}[3, 5, 6, 7]) -> (%y) {{ %y = Transpose(%x) {{perm = [3, 1, 0, 2]}} }}", t));
    check(fmt::format("graph(%x: {}[2, 3, 9, 11]) -> (%y) {{ %y = onnxrun.Reorder(%x) {{layout = \"channels_last\"}} }}", t));
    check(
        fmt::format("graph(%x: {}[2, 3, 9, 11]@channels_last) -> (%y) {{ %y = onnxrun.Reorder(%x) {{layout = \"plain\"}} }}", t));
  }
  check("graph(%x: f32[2, 3, 2, 3, 2, 3, 2, 3]) -> (%y) { %y = Transpose(%x) {perm = [7, 0, 6, 1, 5, 2, 4, 3]} }");
  check("graph(%x: f32[0, 6]) -> (%y) { %y = Transpose(%x) }");
}

TEST_CASE("cuda movement: parts and repetitions") {
  check("graph(%a: f32[2, 3, 4], %b: f32[2, 1, 4]) -> (%y) { %y = Concat(%a, %b) {axis = 1} }");
  check("graph(%a: f32[1, 3, 2, 2]@channels_last, %b: f32[1, 5, 2, 2]@channels_last) -> (%y) { %y = Concat(%a, %b) {axis = 1} }");
  check("graph(%x: f32[3, 7]) -> (%y, %z) { %s = const i64[2] {3, 4}\n %y, %z = Split(%x, %s) {axis = -1} }");
  check("graph(%x: f32[3, 1, 5]) -> (%y) { %s = const i64[3] {3, 4, 1}\n %y = Expand(%x, %s) }");
  check("graph(%x: f32[2, 3]) -> (%y) { %s = const i64[2] {2, 3}\n %y = Tile(%x, %s) }");
  check(
      "graph(%x: f32[9, 8]) -> (%y) { %b = const i64[2] {7, 1}\n %e = const i64[2] {1, 100}\n %a = const i64[2] {0, 1}\n"
      " %s = const i64[2] {-2, 3}\n %y = Slice(%x, %b, %e, %a, %s) }");
  check("graph(%x: f32[4, 6]) -> (%y) { %y = Flatten(%x) }");
}

TEST_CASE("cuda movement: rows by index, padding, resizing") {
  check_on_every_backend("graph(%x: f32[7, 5], %i: i64[2, 3]) -> (%y) { %y = Gather(%x, %i) {axis = 0} }",
                         {.ranges = {{"i", {-7, 7}}}, .claimed_by = {"cuda"}});
  check_on_every_backend("graph(%x: f16[3, 7, 2], %i: i32[4]) -> (%y) { %y = Gather(%x, %i) {axis = 1} }",
                         {.ranges = {{"i", {-7, 7}}}, .claimed_by = {"cuda"}});
  for (const char* mode : {"constant", "edge", "reflect", "wrap"}) {
    check(fmt::format("graph(%x: f32[4, 5]) -> (%y) {{ %p = const i64[4] {{1, 2, 3, -1}}\n %y = Pad(%x, %p) {{mode = \"{}\"}} }}",
                      mode));
  }
  check("graph(%x: i64[4, 5], %v: i64[]) -> (%y) { %p = const i64[4] {1, 2, 0, 1}\n %y = Pad(%x, %p, %v) }");
  for (const char* mode : {"nearest", "linear", "cubic"}) {
    for (const char* layout : {"", "@channels_last"}) {
      check(
          fmt::format("graph(%x: f32[1, 2, 5, 6]{}) -> (%y) {{ %s = const i64[4] {{1, 2, 9, 4}}\n %y = Resize(%x, _, _, %s) "
                      "{{mode = \"{}\"}} }}",
                      layout, mode));
    }
  }
}

TEST_CASE("cuda movement: refusals") {
  refuse("graph(%x: f32[9], %b: i64[1]) -> (%y) { %e = const i64[1] {5}\n %y = Slice(%x, %b, %e) }",
         "input 1 (starts, axes or steps) is computed");
  refuse("graph(%x: str[2, 3]) -> (%y) { %y = Transpose(%x) }", "elements of str");
  refuse("graph(%x: u4[2, 4]) -> (%y) { %y = Transpose(%x) }", "elements of u4");
}

}  // namespace
}  // namespace onnxrun::test
