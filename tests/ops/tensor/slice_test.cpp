#include <doctest/doctest.h>

#include "ops/common/slice_window.h"
#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("slice: numpy's windows") {
  const auto same = [](Window w, std::int64_t start, std::int64_t count) { return w.count == count && (count == 0 || w.start == start); };
  constexpr std::int64_t kMax = INT64_MAX, kMin = INT64_MIN;
  CHECK(same(slice_window(0, kMax, 1, 5), 0, 5));
  CHECK(same(slice_window(1, -1, 1, 5), 1, 3));
  CHECK(same(slice_window(-2, kMax, 1, 5), 3, 2));
  CHECK(same(slice_window(-9, 3, 2, 5), 0, 2));
  CHECK(same(slice_window(7, 9, 1, 5), 0, 0));
  CHECK(same(slice_window(3, 1, 1, 5), 0, 0));
  CHECK(same(slice_window(-1, kMin, -1, 5), 4, 5));
  CHECK(same(slice_window(9, 0, -2, 5), 4, 2));
  CHECK(same(slice_window(kMax, kMin, kMin, 5), 4, 1));
  CHECK(same(slice_window(0, kMax, kMax, 5), 0, 1));
  CHECK(same(slice_window(0, kMax, 1, 0), 0, 0));
  CHECK(same(slice_window(-1, kMin, -1, 0), 0, 0));
}

TEST_CASE("slice: values") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c) {
    %x = const f32[3, 4] {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0}
    %s = const i64[2] {1, -1} %e = const i64[2] {3, -100} %axes = const i64[2] {0, 1} %steps = const i64[2] {1, -2}
    %a = Slice(%x, %s, %e, %axes, %steps)
    %s1 = const i32[1] {1} %e1 = const i32[1] {2} %k1 = const i32[1] {-1}
    %b = Slice(%x, %s1, %e1, %k1) %c = Slice(%x, %s1, %e1) })");
  CHECK(difference(y[0], Tensor::of<float>({2, 2}, {7, 5, 11, 9})).empty());
  CHECK(difference(y[1], Tensor::of<float>({3, 1}, {1, 5, 9})).empty());
  CHECK(difference(y[2], Tensor::of<float>({1, 4}, {4, 5, 6, 7})).empty());
  for (const char* type : {"u8", "f16", "i32", "f64", "c128", "str", "bool"}) {
    check_on_every_backend(std::string("graph(%x: ") + type + "[4, 5]) -> (%y) { %s = const i64[2] {3, 1} %e = const i64[2] {0, 4} "
                           "%a = const i64[2] {0, 1} %t = const i64[2] {-2, 2} %y = Slice(%x, %s, %e, %a, %t) }");
  }
  check_on_every_backend(R"(graph(%x: f32[2, 8, 3, 4]@channels_last) -> (%y) {
    %s = const i64[1] {2} %e = const i64[1] {6} %a = const i64[1] {1} %y = Slice(%x, %s, %e, %a) })");
}

TEST_CASE("slice: symbolic shapes") {
  const auto slice = [](const std::string& size, const std::string& start, const std::string& end, const std::string& step = "1") {
    return types_of("graph(%x: f32[2, " + size + "]) -> (%y) { %s = const i64[1] {" + start + "} %e = const i64[1] {" + end +
                    "} %a = const i64[1] {1} %t = const i64[1] {" + step + "} %y = Slice(%x, %s, %e, %a, %t) }");
  };
  const std::string end = "9223372036854775807";
  CHECK(slice("N", "0", end) == "f32[2, N]");
  CHECK(slice("N", "1", end) == "f32[2, N - 1]");
  CHECK(slice("N", "0", "-1") == "f32[2, N - 1]");
  CHECK(slice("N", "-1", end) == "f32[2, 1]");
  CHECK(slice("N", "0", "1") == "f32[2, 1]");
  CHECK(slice("N", "0", "7") == "f32[2, _s0]");
  CHECK(slice("N", "-3", end) == "f32[2, _s0]");
  CHECK(slice("2*N", "0", end, "2") == "f32[2, N]");
  CHECK(slice("N", "-1", "-9223372036854775807", "-1") == "f32[2, N]");
  // The bounds come from another tensor's shape: BERT's position table.
  CHECK(types_of(R"(graph(%x: i64[B, S], %table: i64[1, 512]) -> (%y) {
    %shape = Shape(%x) %i = const i64[1] {1} %end = Gather(%shape, %i) %s = const i64[1] {0} %y = Slice(%table, %s, %end, %i) })") == "i64[1, S]");
  CHECK(types_of("graph(%x: f32[4, 5], %s: i64[1], %e: i64[1]) -> (%y) { %a = const i64[1] {1} %y = Slice(%x, %s, %e, %a) }") == "f32[4, _s0]");
  CHECK(types_of("graph(%x: f32[4, 5], %s: i64[1], %e: i64[1], %a: i64[1]) -> (%y) { %y = Slice(%x, %s, %e, %a) }") == "f32[_s0, _s1]");
  CHECK(types_of("graph(%x: f32[N, 8, 4, 4]@channels_last) -> (%y) { %s = const i64[1] {0} %e = const i64[1] {4} %a = const i64[1] {1} "
                 "%y = Slice(%x, %s, %e, %a) }") == "f32[N, 4, 4, 4]@channels_last");
}

TEST_CASE("slice: shape arithmetic") {
  CHECK(types_of("graph(%x: f32[N, 3, H, W]) -> (%y) { %n = Shape(%x) %s = const i64[1] {2} %e = const i64[1] {4} %y = Slice(%n, %s, %e) }") ==
        "i64[2] = {H, W}");
}

TEST_CASE("slice: errors") {
  const auto with = [](const std::string& axes, const std::string& steps) {
    return error_of("graph(%x: f32[4, 5]) -> (%y) { %s = const i64[2] {0, 0} %e = const i64[2] {1, 1} %a = const i64[2] {" + axes +
                    "} %t = const i64[2] {" + steps + "} %y = Slice(%x, %s, %e, %a, %t) }");
  };
  CHECK(with("0, 1", "1, 0").find("step 0") != std::string::npos);
  CHECK(with("0, 2", "1, 1").find("axis 2 is out of range for rank 2") != std::string::npos);
  CHECK(with("0, -2", "1, 1").find("axis 0 is given twice") != std::string::npos);
  CHECK(error_of("graph(%x: f32[4, 5]) -> (%y) { %s = const i64[2] {0, 0} %e = const i64[1] {1} %y = Slice(%x, %s, %e) }").find("1 ends for 2 starts") !=
        std::string::npos);
}

TEST_CASE("slice: bounds were attributes before opset 10") {
  CHECK(upgraded("Slice", 1, {"f32[4, 5]"}, {{"starts", Ints{1}}, {"ends", Ints{3}}, {"axes", Ints{0}}}) ==
        "%1 = const i64[1] {1} %2 = const i64[1] {3} %3 = const i64[1] {0} %0 = Slice(%x0, %1, %2, %3)");
}

}  // namespace
}  // namespace onnxrun::test
