#include <doctest/doctest.h>

#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

// Three boxes: the second overlaps the first by 0.81, the third lies apart. The corners of the first are given the other way round.
const char* const kBoxes = "%b = const f32[1, 3, 4] {1.0, 1.0, 0.0, 0.0, 0.0, 0.1, 1.0, 1.1, 0.0, 10.0, 1.0, 11.0} ";

Tensor selected(const std::string& rest, const std::string& call) {
  return results_of("graph() -> (%y) { " + std::string(kBoxes) + rest + " %y = NonMaxSuppression(" + call + ") }")[0];
}

TEST_CASE("non_max_suppression: overlaps, thresholds, limits") {
  const std::string scores = "%s = const f32[1, 1, 3] {0.9, 0.75, 0.6} %n = const i64[1] {3} %one = const i64[] {1} %half = const f32[] {0.5} %most = const f32[] {0.9} %least = const f32[] {0.6} ";
  CHECK(difference(selected(scores, "%b, %s, %n, %half"), Tensor::of<std::int64_t>({2, 3}, {0, 0, 0, 0, 0, 2})) == "");
  CHECK(difference(selected(scores, "%b, %s, %n, %most"), Tensor::of<std::int64_t>({3, 3}, {0, 0, 0, 0, 0, 1, 0, 0, 2})) == "");
  CHECK(difference(selected(scores, "%b, %s, %one, %half"), Tensor::of<std::int64_t>({1, 3}, {0, 0, 0})) == "");
  // The threshold itself is not enough.
  CHECK(difference(selected(scores, "%b, %s, %n, %half, %least"), Tensor::of<std::int64_t>({1, 3}, {0, 0, 0})) == "");
  CHECK(selected(scores, "%b, %s").shape() == Shape{0, 3});
}

TEST_CASE("non_max_suppression: classes stand apart, boxes around centres") {
  const std::string two = "%s = const f32[1, 2, 3] {0.1, 0.2, 0.3, 0.9, 0.95, 0.0} %n = const i64[1] {1} %h = const f32[] {0.5}";
  CHECK(difference(selected(two, "%b, %s, %n, %h"), Tensor::of<std::int64_t>({2, 3}, {0, 0, 2, 0, 1, 1})) == "");
  const auto y = results_of(R"(graph() -> (%y) { %b = const f32[1, 2, 4] {0.5, 0.5, 1.0, 1.0, 0.5, 0.6, 1.0, 1.0} %s = const f32[1, 1, 2] {0.5, 0.6}
    %n = const i64[1] {2} %h = const f32[] {0.5} %y = NonMaxSuppression(%b, %s, %n, %h) {center_point_box = 1} })");
  CHECK(difference(y[0], Tensor::of<std::int64_t>({1, 3}, {0, 0, 1})) == "");
}

TEST_CASE("select_boxes: the rows of NonMaxSuppression, zeros behind them, and how many there are") {
  const auto of = [](const std::string& call) {
    return results_of("graph() -> (%r, %c) { " + std::string(kBoxes) + "%s = const f32[1, 2, 3] {0.9, 0.75, 0.6, 0.1, 0.2, 0.3} %h = const f32[] {0.5} "
                      "%least = const f32[1] {0.25} %r, %c = onnxrun.SelectBoxes(" + call + ") {most = 2} }");
  };
  const auto all = of("%b, %s, %h");
  CHECK(difference(all[0], Tensor::of<std::int64_t>({4, 3}, {0, 0, 0, 0, 0, 2, 0, 1, 2, 0, 1, 1})) == "");
  CHECK(difference(all[1], Tensor::of<std::int64_t>({1}, {4})) == "");
  const auto some = of("%b, %s, %h, %least");
  CHECK(difference(some[0], Tensor::of<std::int64_t>({4, 3}, {0, 0, 0, 0, 0, 2, 0, 1, 2, 0, 0, 0})) == "");
  CHECK(difference(some[1], Tensor::of<std::int64_t>({1}, {3})) == "");
  CHECK(types_of("graph(%b: f32[B, N, 4], %s: f32[B, 3, N]) -> (%r, %c) { %r, %c = onnxrun.SelectBoxes(%b, %s) {most = 5} }") == "i64[15*B, 3]; i64[1]");
  CHECK(error_of("graph(%b: f32[1, 5, 4], %s: f32[1, 2, 5]) -> (%r, %c) { %r, %c = onnxrun.SelectBoxes(%b, %s) {most = -1} }").find("most = -1") != std::string::npos);
}

TEST_CASE("non_max_suppression: shapes and errors") {
  CHECK(types_of("graph(%b: f32[B, N, 4], %s: f32[B, C, N]) -> (%y) { %y = NonMaxSuppression(%b, %s) }") == "i64[_s0, 3]");
  CHECK(error_of("graph(%b: f32[1, 5, 4], %s: f32[1, 2, 6]) -> (%y) { %y = NonMaxSuppression(%b, %s) }").find("want [B, N, 4] and [B, C, N]") != std::string::npos);
  CHECK(error_of("graph(%b: f32[1, 5, 4], %s: f32[1, 2, 5]) -> (%y) { %y = NonMaxSuppression(%b, %s) {center_point_box = 2} }").find("center_point_box = 2") !=
        std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
