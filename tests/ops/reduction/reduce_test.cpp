#include <doctest/doctest.h>

#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

// Over axis 1 of {{1, -2, 3}, {4, 5, -6}}.
void check_values(const char* op, std::initializer_list<float> want) {
  CAPTURE(op);
  const std::string text = std::string("graph(%x: f32[2, 3]) -> (%y) { %a = const i64[1] {1} %y = ") + op + "(%x, %a) {keepdims = 0} }";
  check_on_every_backend(text, {.tensors = {{"x", Tensor::of<float>({2, 3}, {1, -2, 3, 4, 5, -6})}}, .want = {{"y", Tensor::of<float>({2}, want)}}});
}

TEST_CASE("reduce: values") {
  check_values("ReduceSum", {2, 3});
  check_values("ReduceMean", {0.66666667f, 1});
  check_values("ReduceMax", {3, 5});
  check_values("ReduceMin", {-2, -6});
  check_values("ReduceProd", {-6, -120});
  check_values("ReduceL1", {6, 15});
  check_values("ReduceL2", {3.7416574f, 8.7749644f});
  check_values("ReduceSumSquare", {14, 77});
  check_values("ReduceLogSum", {0.69314718f, 1.0986123f});
  check_values("ReduceLogSumExp", {3.1328454f, 5.3132739f});
}

TEST_CASE("reduce: any axes, all types") {
  for (const char* axes : {"i64[1] {0}", "i64[1] {-1}", "i64[2] {0, 2}", "i64[3] {0, 1, 2}", "i64[0] {}"}) {
    for (const char* keep : {"0", "1"}) {
      for (const char* type : {"f32", "f64", "f16", "bf16", "i32", "i64", "u32", "u64", "i8", "u8"}) {
        const std::string attrs = std::string(" {keepdims = ") + keep + "}";
        check_on_every_backend(std::string("graph(%x: ") + type + "[2, 3, 4]) -> (%m, %s, %l) { %a = const " + axes + " %m = ReduceMax(%x, %a)" + attrs +
                               " %s = ReduceSum(%x, %a)" + attrs + " %l = ReduceL1(%x, %a)" + attrs + " }");
      }
    }
  }
  const auto bools = results_of(R"(graph() -> (%a, %b) {
    %x = const bool[2, 2] {true, false, true, true} %k = const i64[1] {1} %a = ReduceMax(%x, %k) %b = ReduceMin(%x, %k) })");
  CHECK(difference(bools[0], Tensor::of<bool>({2, 1}, {true, true})).empty());
  CHECK(difference(bools[1], Tensor::of<bool>({2, 1}, {false, true})).empty());
}

TEST_CASE("reduce: without axes over all of them, or with noop over none") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c) {
    %x = const f32[2] {3.0, -4.0} %a = ReduceL2(%x) %b = ReduceSumSquare(%x) {noop_with_empty_axes = 1} %c = ReduceSum(%x) {keepdims = 0} })");
  CHECK(difference(y[0], Tensor::of<float>({1}, {5})).empty());
  CHECK(difference(y[1], Tensor::of<float>({2}, {9, 16})).empty());
  CHECK(difference(y[2], Tensor::of<float>({}, {-1})).empty());
}

TEST_CASE("reduce: of nothing comes the neutral element") {
  const float inf = std::numeric_limits<float>::infinity();
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e) {
    %x = const f32[2, 0] {} %k = const i64[1] {1} %i = const i32[2, 0] {}
    %a = ReduceSum(%x, %k) %b = ReduceProd(%x, %k) %c = ReduceMax(%x, %k) %d = ReduceLogSumExp(%x, %k) %e = ReduceMin(%i, %k) })");
  CHECK(difference(y[0], Tensor::of<float>({2, 1}, {0, 0})).empty());
  CHECK(difference(y[1], Tensor::of<float>({2, 1}, {1, 1})).empty());
  CHECK(difference(y[2], Tensor::of<float>({2, 1}, {-inf, -inf})).empty());
  CHECK(difference(y[3], Tensor::of<float>({2, 1}, {-inf, -inf})).empty());
  CHECK(difference(y[4], Tensor::of<std::int32_t>({2, 1}, {2147483647, 2147483647})).empty());
}

TEST_CASE("reduce: large values and infinities in LogSumExp, integer means") {
  const float inf = std::numeric_limits<float>::infinity();
  const auto y = results_of(R"(graph() -> (%a, %b) {
    %x = const f32[3, 2] {1000.0, 1000.0, -inf, 2.0, inf, 1.0} %k = const i64[1] {1} %a = ReduceLogSumExp(%x, %k) {keepdims = 0}
    %i = const i32[2, 2] {1, 2, -1, -2} %b = ReduceMean(%i, %k) {keepdims = 0} })");
  CHECK(difference(y[0], Tensor::of<float>({3}, {1000.6931f, 2, inf})).empty());
  CHECK(difference(y[1], Tensor::of<std::int32_t>({2}, {1, -1})).empty());
}

TEST_CASE("reduce: symbolic shapes and shape arithmetic") {
  CHECK(types_of("graph(%x: f32[N, S, 8]) -> (%y) { %a = const i64[2] {1, -1} %y = ReduceMean(%x, %a) }") == "f32[N, 1, 1]");
  CHECK(types_of("graph(%x: f32[N, S, 8]) -> (%y) { %a = const i64[1] {1} %y = ReduceMean(%x, %a) {keepdims = 0} }") == "f32[N, 8]");
  CHECK(types_of("graph(%x: f32[N, S], %a: i64[1]) -> (%y, %z) { %y = ReduceMean(%x, %a) %z = ReduceSum(%x, %a) {keepdims = 0} }") ==
        "f32[_s0, _s1]; f32[...]");
  CHECK(types_of("graph(%x: f32[N, S, 8]) -> (%y, %z) { %s = Shape(%x) %y = ReduceProd(%s) {keepdims = 0} %a = const i64[1] {0} %z = ReduceSum(%s, %a) }") ==
        "i64[] = {8*N*S}; i64[1] = {N + S + 8}");
  CHECK(error_of("graph(%x: f32[N, S]) -> (%y) { %a = const i64[1] {2} %y = ReduceMean(%x, %a) }").find("axis 2 is out of range for rank 2") !=
        std::string::npos);
}

TEST_CASE("reduce: axes were an attribute before 18, for ReduceSum before 13") {
  CHECK(upgraded("ReduceMean", 13, {"f32[N, 3, 4]"}, {{"axes", Ints{2}}, {"keepdims", std::int64_t{0}}}) ==
        "%1 = const i64[1] {2} %0 = ReduceMean(%x0, %1) {keepdims = 0}");
  CHECK(upgraded("ReduceSum", 11, {"f32[N, 3]"}, {{"axes", Ints{-1}}}) == "%1 = const i64[1] {-1} %0 = ReduceSum(%x0, %1)");
  CHECK(upgraded("ReduceMax", 12, {"f32[N, 3]"}) == "%0 = ReduceMax(%x0)");
}

TEST_CASE("arg: first and last of equal ones, NaN wins") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %x = const f32[2, 3] {2.0, 1.0, 2.0, nan, 5.0, nan}
    %a = ArgMax(%x) {axis = 1} %b = ArgMax(%x) {axis = 1, select_last_index = 1, keepdims = 0}
    %c = ArgMin(%x) {axis = -1, keepdims = 0} %i = const i64[2, 2] {1, 5, 3, 5} %d = ArgMax(%i) {select_last_index = 1} })");
  CHECK(difference(y[0], Tensor::of<std::int64_t>({2, 1}, {0, 0})).empty());
  CHECK(difference(y[1], Tensor::of<std::int64_t>({2}, {2, 2})).empty());
  CHECK(difference(y[2], Tensor::of<std::int64_t>({2}, {1, 0})).empty());
  CHECK(difference(y[3], Tensor::of<std::int64_t>({1, 2}, {1, 1})).empty());
  check_on_every_backend("graph(%x: f32[2, 3, 4]) -> (%a, %b, %c) { %a = ArgMax(%x) %b = ArgMin(%x) {axis = 1} %c = ArgMax(%x) {axis = -1, keepdims = 0} }");
  CHECK(types_of("graph(%x: f32[N, S]) -> (%y, %z) { %y = ArgMax(%x) {axis = -1} %z = ArgMin(%x) {keepdims = 0} }") == "i64[N, 1]; i64[S]");
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %y = ArgMax(%x) {axis = 1} }").find("axis 1 is out of range") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
