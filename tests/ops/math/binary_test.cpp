#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("binary: every type, with broadcasting") {
  for (const char* op : {"Add", "Sub", "Mul", "Div"}) {
    for (const char* type : {"f32", "f64", "f16", "bf16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"}) {
      const std::string t = type;
      check_on_every_backend("graph(%x: " + t + "[2, 1, 3], %y: " + t + "[4, 1], %s: " + t + "[]) -> (%z, %w) { %z = " + op + "(%x, %y) %w = " +
                                 op + "(%z, %s) }",
                             {.ranges = {{"y", {1, 4}}, {"s", {1, 4}}}});
    }
    check_on_every_backend("graph(%x: f32[2, 0, 3], %y: f32[3]) -> (%z) { %z = " + std::string(op) + "(%x, %y) }");
    check_on_every_backend("graph(%x: f32[2, 3, 4, 5]@channels_last, %y: f32[3, 1, 1]) -> (%z) { %z = " + std::string(op) + "(%x, %y) }",
                           {.ranges = {{"y", {1, 4}}}});
  }
}

TEST_CASE("binary: values") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e) {
    %x = const i32[2, 1] {7, -7} %y = const i32[3] {2, -2, 3}
    %a = Add(%x, %y) %b = Sub(%x, %y) %c = Mul(%x, %y) %d = Div(%x, %y)
    %p = const u8[2] {200, 5} %q = const u8[1] {100} %e = Add(%p, %q) })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({2, 3}, {9, 5, 10, -5, -9, -4})).empty());
  CHECK(difference(y[1], Tensor::of<std::int32_t>({2, 3}, {5, 9, 4, -9, -5, -10})).empty());
  CHECK(difference(y[2], Tensor::of<std::int32_t>({2, 3}, {14, -14, 21, -14, 14, -21})).empty());
  CHECK(difference(y[3], Tensor::of<std::int32_t>({2, 3}, {3, -3, 2, -3, 3, -2})).empty());
  CHECK(difference(y[4], Tensor::of<std::uint8_t>({2}, {44, 105})).empty());
}

TEST_CASE("binary: an integer division never traps") {
  CHECK(run_error_of("graph() -> (%z) { %x = const i32[1] {1} %y = const i32[1] {0} %z = Div(%x, %y) }").find("division by zero") !=
        std::string::npos);
  CHECK(run_error_of("graph() -> (%z) { %x = const i32[1] {1} %y = const i32[1] {0} %z = Mod(%x, %y) }").find("division by zero") !=
        std::string::npos);
  const auto z = results_of("graph() -> (%z, %w) { %x = const i32[1] {-2147483648} %y = const i32[1] {-1} %z = Div(%x, %y) %w = Mod(%x, %y) }");
  CHECK(z[0].view<std::int32_t>()[0] == std::numeric_limits<std::int32_t>::min());
  CHECK(z[1].view<std::int32_t>()[0] == 0);
}

TEST_CASE("binary: symbolic shapes") {
  const auto add = [](const std::string& x, const std::string& y) {
    return types_of("graph(%x: f32" + x + ", %y: f32" + y + ") -> (%z) { %z = Add(%x, %y) }");
  };
  CHECK(add("[N, 3]", "[3]") == "f32[N, 3]");
  CHECK(add("[N, 1]", "[1, M]") == "f32[N, M]");
  CHECK(add("[N, 2*M]", "[N, 2*M]") == "f32[N, 2*M]");
  CHECK(add("[N]", "[M]") == "f32[_s0]");
  CHECK(add("[N]", "[5]") == "f32[5]");
  CHECK(add("[...]", "[5]") == "f32[...]");
  CHECK(add("[]", "[N, 8, 4]@channels_last") == "f32[N, 8, 4]@channels_last");
  CHECK(add("[N, 8, 4, 4]@channels_last", "[8, 1, 1]") == "f32[N, 8, 4, 4]@channels_last");
  CHECK(error_of("graph(%x: f32[2, 3], %y: f32[4]) -> (%z) { %z = Add(%x, %y) }").find("shapes [2, 3] and [4]: sizes 3 and 4 do not broadcast") !=
        std::string::npos);
  CHECK(error_of("graph(%x: f32[2], %y: i32[2]) -> (%z) { %z = Add(%x, %y) }").find("element types f32 and i32, want the same") !=
        std::string::npos);
}

TEST_CASE("binary: shape arithmetic") {
  const char* text = R"(graph(%x: f32[N, 6]) -> (%a, %b, %c, %d, %e) {
    %s = Shape(%x) %two = const i64[1] {2} %n = Size(%x)
    %a = Add(%s, %two) %b = Sub(%s, %two) %c = Mul(%s, %n) %d = Div(%s, %two) %e = Mod(%s, %two) })";
  CHECK(types_of(text) ==
        "i64[2] = {N + 2, 8}; i64[2] = {N - 2, 4}; i64[2] = {6*N*N, 36*N}; i64[2] = {floordiv(N, 2), 3}; "
        "i64[2] = {N - 2*floordiv(N, 2), 0}");
  // Rounding towards zero is not rounding down for what may be negative.
  CHECK(types_of("graph(%x: f32[N]) -> (%y) { %s = Shape(%x) %d = const i64[1] {3} %m = Sub(%s, %d) %y = Div(%m, %d) }") == "i64[1]");
}

TEST_CASE("binary: broadcasting by attribute before opset 7") {
  CHECK(upgraded("Add", 6, {"f32[2, 3, 4, 5]", "f32[3, 4]"}, {{"broadcast", std::int64_t{1}}, {"axis", std::int64_t{1}}}) ==
        "%1 = const i64[1] {2} %2 = Unsqueeze(%x1, %1) %0 = Add(%x0, %2)");
  CHECK(upgraded("Mul", 1, {"f32[2, 3, 4, 5]", "f32[4, 5]"}, {{"broadcast", std::int64_t{1}}, {"consumed_inputs", Ints{0, 0}}}) ==
        "%0 = Mul(%x0, %x1)");
  CHECK(upgraded("Equal", 6, {"i32[2, 3]", "i32[2]"}, {{"broadcast", std::int64_t{1}}, {"axis", std::int64_t{0}}}) ==
        "%1 = const i64[1] {1} %2 = Unsqueeze(%x1, %1) %0 = Equal(%x0, %2)");
}

TEST_CASE("pow: the types may differ, integers are exact") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c) {
    %x = const i64[4] {3, -2, 1, 10} %n = const i32[4] {4, 3, -5, 18} %a = Pow(%x, %n)
    %f = const f32[2, 1] {2.0, 9.0} %e = const f64[2] {0.5, -1.0} %b = Pow(%f, %e)
    %k = const i32[1] {2} %h = const f32[1] {0.5} %c = Pow(%k, %h) })");
  CHECK(difference(y[0], Tensor::of<std::int64_t>({4}, {81, -8, 1, 1000000000000000000})).empty());
  CHECK(difference(y[1], Tensor::of<float>({2, 2}, {1.4142136f, 0.5f, 3, 0.11111111f})).empty());
  CHECK(difference(y[2], Tensor::of<std::int32_t>({1}, {1})).empty());
  check_on_every_backend("graph(%x: f32[2, 3], %n: f32[3]) -> (%y) { %y = Pow(%x, %n) }", {.ranges = {{"x", {0.1, 4}}, {"n", {-2, 3}}}});
}

TEST_CASE("mod: floor and trunc") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %x = const i32[4] {-4, 7, 5, -5} %y = const i32[4] {2, -3, 8, 8}
    %a = Mod(%x, %y) %b = Mod(%x, %y) {fmod = 1}
    %f = const f32[7] {-4.3, 7.2, 5.0, -0.0, inf, 3.0, -3.0} %g = const f32[7] {2.1, -3.4, 8.0, 2.0, 2.0, -inf, -inf}
    %c = Mod(%f, %g) %d = Mod(%f, %g) {fmod = 1} })");
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(difference(y[0], Tensor::of<std::int32_t>({4}, {0, -2, 5, 3})).empty());
  CHECK(difference(y[1], Tensor::of<std::int32_t>({4}, {0, 1, 5, -5})).empty());
  CHECK(difference(y[2], Tensor::of<float>({7}, {2.0f, -3.0f, 5, 0, nan, -inf, -3})).empty());
  CHECK(difference(y[3], Tensor::of<float>({7}, {-0.1f, 0.4f, 5, 0, nan, 3, -3})).empty());
  CHECK(!std::signbit(y[2].view<float>()[3]));
}

TEST_CASE("variadic: any number of inputs, a NaN wins") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e) {
    %x = const f32[3] {1.0, nan, -2.0} %y = const f32[1] {0.5} %z = const f32[2, 1] {0.0, 4.0}
    %a = Max(%x, %y, %z) %b = Min(%x, %y, %z) %c = Sum(%x, %y, %z) %d = Mean(%x, %y, %z) %e = Max(%x) })");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(difference(y[0], Tensor::of<float>({2, 3}, {1, nan, 0.5f, 4, nan, 4})).empty());
  CHECK(difference(y[1], Tensor::of<float>({2, 3}, {0, nan, -2, 0.5f, nan, -2})).empty());
  CHECK(difference(y[2], Tensor::of<float>({2, 3}, {1.5f, nan, -1.5f, 5.5f, nan, 2.5f})).empty());
  CHECK(difference(y[3], Tensor::of<float>({2, 3}, {0.5f, nan, -0.5f, 1.8333333f, nan, 0.8333333f})).empty());
  CHECK(difference(y[4], Tensor::of<float>({3}, {1, nan, -2})).empty());
  for (const char* type : {"i8", "u8", "i32", "u64", "f16", "f64"}) {
    const std::string t = type;
    check_on_every_backend("graph(%x: " + t + "[2, 3], %y: " + t + "[3]) -> (%a, %b) { %a = Max(%x, %y) %b = Min(%x, %y) }");
  }
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %y = Max(%x, _) }").find("input 1 is missing") != std::string::npos);
}

TEST_CASE("variadic: shape arithmetic") {
  CHECK(types_of("graph(%x: f32[N, 6]) -> (%a, %b) { %s = Shape(%x) %m = const i64[2] {0, 9} %a = Max(%s, %m) %b = Min(%s, %m) }") ==
        "i64[2] = {N, 9}; i64[2] = {0, 6}");
  CHECK(types_of("graph(%x: f32[N]) -> (%a) { %s = Shape(%x) %m = const i64[1] {9} %a = Max(%s, %m) }") == "i64[1]");
}

}  // namespace
}  // namespace onnxrun::test
