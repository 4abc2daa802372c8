#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/base/half.h"
#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

Tensor vec(const std::vector<float>& v) { return Tensor::of<float>({static_cast<std::int64_t>(v.size())}, std::span<const float>(v)); }

void check_values(const std::string& call, const std::vector<float>& x, const std::vector<float>& y) {
  CAPTURE(call);
  check_on_every_backend("graph(%x: f32[" + std::to_string(x.size()) + "]) -> (%y) { %y = " + call + " }",
                         {.tensors = {{"x", vec(x)}}, .want = {{"y", vec(y)}}});
}

const std::vector<float> kX = {-2.5f, -1, -0.3f, 0, 0.5f, 1.5f, 3};

TEST_CASE("unary: values") {
  check_values("Exp(%x)", kX, {0.082084999f, 0.36787944f, 0.74081822f, 1, 1.6487213f, 4.4816891f, 20.085537f});
  check_values("Erf(%x)", kX, {-0.99959305f, -0.84270079f, -0.32862676f, 0, 0.52049988f, 0.96610515f, 0.99997791f});
  check_values("Sigmoid(%x)", kX, {0.07585818f, 0.26894142f, 0.42555748f, 0.5f, 0.62245933f, 0.81757448f, 0.95257413f});
  check_values("Tanh(%x)", kX, {-0.9866143f, -0.76159416f, -0.29131261f, 0, 0.46211716f, 0.90514825f, 0.99505475f});
  check_values("Softplus(%x)", kX, {0.078889734f, 0.31326169f, 0.55435524f, 0.69314718f, 0.97407698f, 1.7014133f, 3.0485874f});
  check_values("Softsign(%x)", kX, {-0.71428571f, -0.5f, -0.23076923f, 0, 0.33333333f, 0.6f, 0.75f});
  check_values("HardSwish(%x)", kX, {-0.20833333f, -0.33333333f, -0.135f, 0, 0.29166667f, 1.125f, 3});
  check_values("Mish(%x)", kX, {-0.1968162f, -0.30340146f, -0.15113318f, 0, 0.37524521f, 1.4033783f, 2.986535f});
  check_values("Neg(%x)", kX, {2.5f, 1, 0.3f, 0, -0.5f, -1.5f, -3});
  check_values("Abs(%x)", kX, {2.5f, 1, 0.3f, 0, 0.5f, 1.5f, 3});
  check_values("Sign(%x)", kX, {-1, -1, -1, 0, 1, 1, 1});
  check_values("Relu(%x)", kX, {0, 0, 0, 0, 0.5f, 1.5f, 3});
  check_values("Floor(%x)", kX, {-3, -1, -1, 0, 0, 1, 3});
  check_values("Ceil(%x)", kX, {-2, -1, 0, 0, 1, 2, 3});
  check_values("Round(%x)", {-2.5f, -1.5f, -0.3f, 0.5f, 1.5f, 2.5f, 2.6f}, {-2, -2, 0, 0, 2, 2, 3});
  check_values("Sqrt(%x)", {0, 0.25f, 2}, {0, 0.5f, 1.4142136f});
  check_values("Reciprocal(%x)", {-2, 0.25f, 2}, {-0.5f, 4, 0.5f});
  check_values("Log(%x)", {0.5f, 1, 10}, {-0.69314718f, 0, 2.3025851f});
}

TEST_CASE("unary: trigonometry") {
  check_values("Sin(%x)", kX, {-0.59847214f, -0.84147098f, -0.29552021f, 0, 0.47942554f, 0.99749499f, 0.14112001f});
  check_values("Cos(%x)", kX, {-0.80114362f, 0.54030231f, 0.95533649f, 1, 0.87758256f, 0.070737202f, -0.9899925f});
  check_values("Tan(%x)", kX, {0.7470223f, -1.5574077f, -0.30933625f, 0, 0.54630249f, 14.10142f, -0.14254654f});
  check_values("Sinh(%x)", kX, {-6.0502045f, -1.1752012f, -0.30452029f, 0, 0.52109531f, 2.1292795f, 10.017875f});
  check_values("Cosh(%x)", kX, {6.1322895f, 1.5430806f, 1.0453385f, 1, 1.127626f, 2.3524096f, 10.067662f});
  check_values("Asinh(%x)", kX, {-1.6472311f, -0.88137359f, -0.29567305f, 0, 0.48121183f, 1.1947632f, 1.8184465f});
  check_values("Atan(%x)", kX, {-1.1902899f, -0.78539816f, -0.29145679f, 0, 0.46364761f, 0.98279372f, 1.2490458f});
  check_values("Asin(%x)", {-1, -0.5f, 0, 0.25f, 0.9f}, {-1.5707963f, -0.52359878f, 0, 0.25268026f, 1.1197695f});
  check_values("Acos(%x)", {-1, -0.5f, 0, 0.25f, 0.9f}, {3.1415927f, 2.0943951f, 1.5707963f, 1.3181161f, 0.45102681f});
  check_values("Atanh(%x)", {-0.5f, 0, 0.25f, 0.9f}, {-0.54930614f, 0, 0.25541281f, 1.4722195f});
  check_values("Acosh(%x)", {1, 1.5f, 10}, {0, 0.96242365f, 2.9932228f});
}

TEST_CASE("unary: every type an operator takes, any rank, channels-last") {
  for (const char* op : {"Exp", "Sqrt", "Round", "Softplus", "Tanh"}) {
    for (const char* type : {"f64[2, 3]", "f16[5]", "bf16[2, 0, 3]", "f32[]", "f32[2, 3, 4, 5]@channels_last"}) {
      check_on_every_backend(std::string("graph(%x: ") + type + ") -> (%y) { %y = " + op + "(%x) }", {.ranges = {{"x", {0, 4}}}});
    }
  }
  for (const char* type : {"i8", "i16", "i32", "i64", "f16"}) {
    check_on_every_backend(std::string("graph(%x: ") + type + "[4, 4]) -> (%a, %b, %c, %d) { %a = Neg(%x) %b = Abs(%x) %c = Sign(%x) %d = Relu(%x) }");
  }
  check_on_every_backend("graph(%x: u8[9]) -> (%a, %b, %c) { %a = Abs(%x) %b = Sign(%x) %c = BitwiseNot(%x) }");
}

TEST_CASE("unary: the lowest integer has no opposite, NaN goes through") {
  const auto lowest = results_of("graph() -> (%a, %b) { %x = const i32[2] {-2147483648, 5} %a = Neg(%x) %b = Abs(%x) }");
  CHECK(lowest[0].view<std::int32_t>()[0] == std::numeric_limits<std::int32_t>::min());
  CHECK(lowest[1].view<std::int32_t>()[0] == std::numeric_limits<std::int32_t>::min());
  CHECK(lowest[1].view<std::int32_t>()[1] == 5);
  for (const char* op : {"Relu", "Sign", "HardSwish", "Mish", "Softplus", "Round"}) {
    CHECK(std::isnan(results_of(std::string("graph() -> (%y) { %x = const f32[1] {nan} %y = ") + op + "(%x) }")[0].view<float>()[0]));
  }
  const auto bits = results_of("graph() -> (%y) { %x = const i16[3] {0, -1, 5} %y = BitwiseNot(%x) }");
  CHECK(difference(bits[0], Tensor::of<std::int16_t>({3}, {-1, 0, -6})).empty());
}

TEST_CASE("unary: shape arithmetic") {
  CHECK(types_of("graph(%x: f32[N, 3]) -> (%y, %z) { %s = Shape(%x) %y = Neg(%s) %z = Abs(%y) }") == "i64[2] = {-N, -3}; i64[2] = {N, 3}");
  CHECK(run_error_of("graph() -> (%y) { %x = const i32[1] {1} %y = Sin(%x) }").find("element type i32 is not allowed") != std::string::npos);
}

TEST_CASE("is_special: NaN and infinities") {
  const char* x = "%x = const f32[5] {nan, inf, -inf, 0.0, 3.4e38} ";
  const auto y = results_of(std::string("graph() -> (%a, %b, %c, %d) {") + x + R"(%a = IsNaN(%x) %b = IsInf(%x)
    %c = IsInf(%x) {detect_negative = 0} %d = IsInf(%x) {detect_positive = 0} })");
  CHECK(difference(y[0], Tensor::of<bool>({5}, {true, false, false, false, false})).empty());
  CHECK(difference(y[1], Tensor::of<bool>({5}, {false, true, true, false, false})).empty());
  CHECK(difference(y[2], Tensor::of<bool>({5}, {false, true, false, false, false})).empty());
  CHECK(difference(y[3], Tensor::of<bool>({5}, {false, false, true, false, false})).empty());
  check_on_every_backend("graph(%x: bf16[2, 3, 4]@channels_last) -> (%y, %z) { %y = IsNaN(%x) %z = IsInf(%x) }");
}

TEST_CASE("activation: values") {
  check_values("LeakyRelu(%x) {alpha = 0.1}", kX, {-0.25f, -0.1f, -0.03f, 0, 0.5f, 1.5f, 3});
  check_values("Elu(%x) {alpha = 1.5}", kX, {-1.3768725f, -0.94818084f, -0.38877267f, 0, 0.5f, 1.5f, 3});
  check_values("Selu(%x)", kX, {-1.6137858f, -1.1113307f, -0.45566732f, 0, 0.52535051f, 1.5760515f, 3.1521031f});
  check_values("Celu(%x) {alpha = 2.0}", kX, {-1.4269904f, -0.78693868f, -0.27858405f, 0, 0.5f, 1.5f, 3});
  check_values("HardSigmoid(%x)", kX, {0, 0.3f, 0.44f, 0.5f, 0.6f, 0.8f, 1});
  check_values("Swish(%x) {alpha = 2.0}", kX, {-0.016732127f, -0.11920292f, -0.10630311f, 0, 0.36552929f, 1.4288612f, 2.9925821f});
  check_values("Gelu(%x)", kX, {-0.015524163f, -0.15865525f, -0.11462657f, 0, 0.34573123f, 1.3997892f, 2.9959503f});
  check_values("Gelu(%x) {approximate = \"tanh\"}", kX,
               {-0.015084266f, -0.15880801f, -0.11462908f, 0, 0.34571401f, 1.3995716f, 2.9963626f});
  check_values("ThresholdedRelu(%x) {alpha = 0.5}", kX, {0, 0, 0, 0, 0, 1.5f, 3});
  check_values("Shrink(%x) {lambd = 0.4, bias = 0.25}", kX, {-2.25f, -0.75f, 0, 0, 0.25f, 1.25f, 2.75f});
}

TEST_CASE("activation: what is beyond no threshold is 0, NaN too") {
  const Tensor zero = Tensor::of<float>({1}, {0});
  for (const char* op : {"ThresholdedRelu(%x) {alpha = 0.5}", "Shrink(%x) {lambd = 0.5}"}) {
    check_on_every_backend(std::string("graph() -> (%y) { %x = const f32[1] {nan} %y = ") + op + " }", {.want = {{"y", zero}}});
  }
}

TEST_CASE("activation: types, defaults of old opsets, wrong attributes") {
  for (const char* op : {"LeakyRelu", "Elu", "Selu", "Celu", "HardSigmoid", "Swish", "Gelu", "ThresholdedRelu", "Shrink"}) {
    for (const char* type : {"f64[2, 3]", "f16[5]", "bf16[2, 0, 3]", "f32[2, 3, 4, 5]@channels_last"}) {
      check_on_every_backend(std::string("graph(%x: ") + type + ") -> (%y) { %y = " + op + "(%x) }");
    }
  }
  CHECK(difference(results_of("graph() -> (%y) { %x = const i8[3] {-9, 0, 7} %y = Shrink(%x) {lambd = 2.0, bias = 1.5} }")[0],
                   Tensor::of<std::int8_t>({3}, {-7, 0, 5}))
            .empty());
  CHECK(upgraded("Selu", 1, {"f32[2]"}) == "%0 = Selu(%x0) {alpha = 1.6732, gamma = 1.0507}");
  CHECK(upgraded("Selu", 6, {"f32[2]"}) == "%0 = Selu(%x0)");
  CHECK(upgraded("SwiGLU", 28, {"f32[2, 3]", "f32[2, 3]"}) == "%0 = Swish(%x0) %1 = Mul(%0, %x1)");
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %y = Gelu(%x) {approximate = \"fast\"} }").find("want \"none\" or \"tanh\"") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
