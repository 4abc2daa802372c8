#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

std::string graph(std::string_view body, std::string_view input = "f32[B, S, 24]", std::string_view outputs = "%q, %k, %v") {
  return fmt::format(R"(graph main(%x: {}) -> ({}) {{
  %five = const i64[5] {{0, 0, 3, 2, 4}}
  %r = Reshape(%x, %five)
  %t = Transpose(%r) {{perm = [2, 0, 3, 1, 4]}}
  %zero = const i64[1] {{0}}
  %one = const i64[1] {{1}}
  %i0 = const i64[] {{0}}
  %i1 = const i64[] {{1}}
  %last = const i64[] {{-1}}
  {}
}})",
                     input, outputs, body);
}

constexpr const char* kAfter = R"(graph main(%x: f32[B, S, 24]) -> (%q, %k, %v) {
  %a, %b, %c = Split(%x) {axis = 2, num_outputs = 3}
  %four = const i64[4] {0, 0, 2, 4}
  %a4 = Reshape(%a, %four)
  %q = Transpose(%a4) {perm = [0, 2, 1, 3]}
  %b4 = Reshape(%b, %four)
  %k = Transpose(%b4) {perm = [0, 2, 1, 3]}
  %c4 = Reshape(%c, %four)
  %v = Transpose(%c4) {perm = [0, 2, 1, 3]}
})";

constexpr const char* kGathers = "%q = Gather(%t, %i0)\n %k = Gather(%t, %i1)\n %v = Gather(%t, %last)";

TEST_CASE("split_packed_heads: parts selected by Gather, Split and Slice") {
  constexpr const char* kSplit = R"(%a, %b, %c = Split(%t) {axis = 0, num_outputs = 3}
  %q = Squeeze(%a, %zero)
  %k = Squeeze(%b, %zero)
  %v = Squeeze(%c, %zero))";
  constexpr const char* kMixed = R"(%a = Slice(%t, %zero, %one, %zero)
  %q = Squeeze(%a, %zero)
  %k = Gather(%t, %i1)
  %v = Gather(%t, %last))";
  for (const char* body : {kGathers, kSplit, kMixed}) {
    check_pass(graph(body), split_packed_heads, kAfter);
    check_same_results(graph(body, "f32[2, 3, 24]"), split_packed_heads);
  }
}

TEST_CASE("split_packed_heads: other readers and other orders are left alone") {
  check_pass_unchanged(graph(kGathers, "f32[B, S, 24]", "%q, %k, %v, %t"), split_packed_heads);
  check_pass_unchanged(graph("%q = Relu(%t)\n %k = Gather(%t, %i0)\n %v = Gather(%t, %i1)"), split_packed_heads);
  check_pass_unchanged(graph("%q = Gather(%t, %zero)\n %k = Gather(%t, %i0)\n %v = Gather(%t, %i1)"), split_packed_heads);
  check_pass_unchanged(graph("%q = Gather(%t, %i0) {axis = 1}\n %k = Gather(%t, %i0)\n %v = Gather(%t, %i1)"),
                       split_packed_heads);
  check_pass_unchanged(R"(graph main(%x: f32[B, S, 24]) -> (%q) {
  %five = const i64[5] {0, 0, 3, 2, 4}
  %r = Reshape(%x, %five)
  %t = Transpose(%r) {perm = [2, 3, 0, 1, 4]}
  %i0 = const i64[] {0}
  %q = Gather(%t, %i0)
})",
                       split_packed_heads);
}

}  // namespace
}  // namespace onnxrun
