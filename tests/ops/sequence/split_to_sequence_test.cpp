#include <doctest/doctest.h>

#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

Tensor matrix() { return ramp({2, 3}, 1); }  // {1, 2, 3}, {4, 5, 6}

TEST_CASE("split to sequence: pieces of one, with and without their axis") {
  check_on_every_backend("graph(%x: f32[2, 3]) -> (%a, %b) { %a = SplitToSequence(%x)  %b = SplitToSequence(%x) {axis = -1, keepdims = 0} }",
                         {.tensors = {{"x", matrix()}}, .claimed_by = {"reference"},
                          .want = {{"a", Tensor::sequence({f32({1, 3}, {1, 2, 3}), f32({1, 3}, {4, 5, 6})})},
                                   {"b", Tensor::sequence({f32({2}, {1, 4}), f32({2}, {2, 5}), f32({2}, {3, 6})})}}});
}

TEST_CASE("split to sequence: one size for all but the last, or a size for each") {
  const std::string text = "graph(%x: f32[2, 3], %n: i64[], %l: i32[2]) -> (%a, %b) { %a = SplitToSequence(%x, %n) {axis = 1, keepdims = 0} "
                           "%b = SplitToSequence(%x, %l) {axis = 1} }";
  check_on_every_backend(text, {.tensors = {{"x", matrix()}, {"n", i64({}, {2})}, {"l", i32({2}, {1, 2})}},
                                .want = {{"a", Tensor::sequence({f32({2, 2}, {1, 2, 4, 5}), f32({2, 1}, {3, 6})})},
                                         {"b", Tensor::sequence({f32({2, 1}, {1, 4}), f32({2, 2}, {2, 3, 5, 6})})}}});
}

TEST_CASE("split to sequence: strings, and nothing at all") {
  check_on_every_backend("graph(%x: str[2], %e: f32[0, 2]) -> (%y, %z) { %y = SplitToSequence(%x) {keepdims = 0}  %z = SplitToSequence(%e) }",
                         {.tensors = {{"x", strings({2}, {"a", "b"})}},
                          .want = {{"y", Tensor::sequence({strings({}, {"a"}), strings({}, {"b"})})}, {"z", Tensor::sequence({})}}});
}

TEST_CASE("split to sequence: types say what all pieces share") {
  CHECK(types_of("graph(%x: f32[N, 3]) -> (%y) { %y = SplitToSequence(%x) }") == "seq(f32[1, 3])");
  CHECK(types_of("graph(%x: f32[N, 3]) -> (%y) { %y = SplitToSequence(%x) {keepdims = 0} }") == "seq(f32[3])");
  const auto by = [](std::string_view split) {
    return types_of("graph(%x: f32[6, 3]) -> (%y) { %n = const " + std::string(split) + " %y = SplitToSequence(%x, %n) }");
  };
  CHECK(by("i64[] {2}") == "seq(f32[2, 3])");
  CHECK(by("i64[] {4}") == "seq(f32[_s0, 3])");
  CHECK(by("i64[2] {3, 3}") == "seq(f32[3, 3])");
  CHECK(by("i64[2] {2, 4}") == "seq(f32[_s0, 3])");
  CHECK(types_of("graph(%x: f32[...]) -> (%y) { %y = SplitToSequence(%x) }") == "seq(f32[...])");
}

TEST_CASE("split to sequence: sizes that don't fit are errors") {
  const auto error = [](std::string_view split) {
    return run_error_of("graph() -> (%y) { %x = const f32[3] {1, 2, 3} %n = const " + std::string(split) + " %y = SplitToSequence(%x, %n) }");
  };
  CHECK(error("i64[2] {1, 1}").find("don't add up to the dimension, 3") != std::string::npos);
  CHECK(error("i64[2] {-1, 4}").find("don't add up") != std::string::npos);
  CHECK(error("i64[] {0}").find("split is 0, want 1 or more") != std::string::npos);
  CHECK(error_of("graph(%x: f32[3], %n: i64[1, 2]) -> (%y) { %y = SplitToSequence(%x, %n) }").find("rank 2, want 0 or 1") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
