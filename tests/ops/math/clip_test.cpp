#include <doctest/doctest.h>

#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("clip: either bound may be absent, a NaN stays") {
  const char* text = R"(graph() -> (%a, %b, %c, %d) {
    %x = const f32[4] {-3.0, 0.5, 3.0, nan} %low = const f32[] {-1.0} %high = const f32[1] {2.0}
    %a = Clip(%x, %low, %high) %b = Clip(%x, _, %high) %c = Clip(%x, %low) %d = Clip(%x) })";
  const auto y = results_of(text);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(difference(y[0], Tensor::of<float>({4}, {-1, 0.5f, 2, nan})).empty());
  CHECK(difference(y[1], Tensor::of<float>({4}, {-3, 0.5f, 2, nan})).empty());
  CHECK(difference(y[2], Tensor::of<float>({4}, {-1, 0.5f, 3, nan})).empty());
  CHECK(difference(y[3], Tensor::of<float>({4}, {-3, 0.5f, 3, nan})).empty());
  // The upper bound wins when they cross.
  CHECK(difference(results_of("graph() -> (%y) { %x = const i8[2] {-9, 9} %l = const i8[] {5} %h = const i8[] {3} %y = Clip(%x, %l, %h) }")[0],
                   Tensor::of<std::int8_t>({2}, {3, 3}))
            .empty());
  check_on_every_backend("graph(%x: f32[2, 3, 4, 5]@channels_last) -> (%y) { %l = const f32[] {-0.5} %h = const f32[] {0.5} %y = Clip(%x, %l, %h) }");
}

TEST_CASE("clip: bounds were attributes before opset 11") {
  CHECK(upgraded("Clip", 6, {"f32[N]"}, {{"min", 0.0f}, {"max", 6.0f}}) ==
        "%1 = const f32[] {0} %2 = const f32[] {6} %0 = Clip(%x0, %1, %2)");
  CHECK(upgraded("Clip", 6, {"f16[N]"}, {{"max", 6.0f}}) == "%1 = const f16[] {6} %0 = Clip(%x0, _, %1)");
  CHECK(upgraded("Clip", 6, {"f32[N]"}) == "%0 = Clip(%x0)");
}

TEST_CASE("clip: bounds are scalars of the same type") {
  CHECK(error_of("graph(%x: f32[2], %l: f32[2]) -> (%y) { %y = Clip(%x, %l) }").find("input 1 has 2 elements, want 1") != std::string::npos);
  CHECK(error_of("graph(%x: f32[2], %l: i32[]) -> (%y) { %y = Clip(%x, %l) }").find("element types f32 and i32") != std::string::npos);
}

TEST_CASE("prelu: one slope, a slope per channel, integers") {
  const char* text = R"(graph() -> (%a, %b, %c) {
    %x = const f32[1, 2, 2] {-1.0, 2.0, -3.0, 4.0} %one = const f32[1] {0.5} %two = const f32[2, 1] {0.5, 0.25}
    %i = const i32[2] {-3, 3} %s = const i32[1] {2}
    %a = PRelu(%x, %one) %b = PRelu(%x, %two) %c = PRelu(%i, %s) })";
  const auto y = results_of(text);
  CHECK(difference(y[0], Tensor::of<float>({1, 2, 2}, {-0.5f, 2, -1.5f, 4})).empty());
  CHECK(difference(y[1], Tensor::of<float>({1, 2, 2}, {-0.5f, 2, -0.75f, 4})).empty());
  CHECK(difference(y[2], Tensor::of<std::int32_t>({2}, {-6, 3})).empty());
  check_on_every_backend("graph(%x: f32[2, 3, 4, 5]@channels_last, %s: f32[3, 1, 1]) -> (%y) { %y = PRelu(%x, %s) }");
  CHECK(error_of("graph(%x: f32[3], %s: f32[2, 3]) -> (%y) { %y = PRelu(%x, %s) }").find("does not broadcast") != std::string::npos);
}

TEST_CASE("prelu: before opset 7 a slope of one dimension belongs to the channels") {
  CHECK(upgraded("PRelu", 6, {"f32[N, 3, 8, 8]", "f32[3]"}) == "%1 = const i64[2] {1, 2} %2 = Unsqueeze(%x1, %1) %0 = PRelu(%x0, %2)");
  CHECK(upgraded("PRelu", 6, {"f32[N, 3, 8, 8]", "f32[1]"}) == "%0 = PRelu(%x0, %x1)");
  CHECK(upgraded("PRelu", 9, {"f32[N, 3, 8, 8]", "f32[3, 1, 1]"}) == "%0 = PRelu(%x0, %x1)");
}

}  // namespace
}  // namespace onnxrun::test
