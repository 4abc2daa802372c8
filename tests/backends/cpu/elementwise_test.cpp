#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check_unary(std::string_view op, std::string_view type, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  check_on_every_backend(fmt::format("graph(%x: {}) -> (%y) {{ %y = {}(%x) }}", type, op), options);
}

TEST_CASE("cpu elementwise: every length round the vector and block sizes") {
  for (const int n : {0, 1, 3, 7, 8, 9, 16, 31, 1023, 1024, 1025, 70001}) {
    for (const char* dtype : {"f32", "bf16", "f16"}) check_unary("Relu", fmt::format("{}[{}]", dtype, n));
  }
  check_unary("Exp", "f32[]");
}

TEST_CASE("cpu elementwise: exp over the whole range") {
  check_unary("Exp", "f32[3000]", {.ranges = {{"x", {-110, 89}}}});
  check_unary("Exp", "f32[3000]", {.ranges = {{"x", {-1e-3, 1e-3}}}});
}

TEST_CASE("cpu elementwise: infinities, NaN, zeros and subnormals") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = Tensor::of<float>({9}, {inf, -inf, nan, 0.0f, -0.0f, 1e-40f, -1e-40f, 3e38f, -3e38f});
  for (const char* op : {"Relu", "Exp", "Atan"}) check_unary(op, "f32[9]", {.tensors = {{"x", x}}});
}

TEST_CASE("cpu elementwise: operators without attributes") {
  for (const char* op : {"Neg", "Abs", "Exp", "Sigmoid", "Tanh", "Erf", "HardSwish", "Floor", "Ceil", "Round", "Sign", "Softplus",
                         "Softsign", "Mish", "Sin", "Cos", "Atan", "Reciprocal", "Relu"}) {
    check_unary(op, "f32[997]", {.ranges = {{"x", {-10, 10}}}});
    check_unary(op, "f32[997]", {.ranges = {{"x", {-0.01, 0.01}}}});
    check_unary(op, "bf16[33]");
    check_unary(op, "f16[33]");
  }
  for (const char* op : {"Sqrt", "Log"}) check_unary(op, "f32[997]", {.ranges = {{"x", {0, 10}}}});
  check_unary("Log", "f32[997]", {.ranges = {{"x", {0.99, 1.01}}}});
}

TEST_CASE("cpu elementwise: operators with attributes and scalar inputs") {
  const auto check = [](std::string_view call, std::string_view inputs = "") {
    for (const char* t : {"f32[3, 333]", "bf16[3, 5]"}) {
      const std::string type(t, std::string_view(t).find('['));
      std::string more(inputs);
      for (std::size_t at; (at = more.find('$')) != std::string::npos;) more.replace(at, 1, type);
      check_on_every_backend(fmt::format("graph(%x: {}{}) -> (%y) {{ %y = {} }}", t, more, call),
                             {.ranges = {{"x", {-5, 5}}}, .claimed_by = {"cpu"}});
    }
  };
  check("LeakyRelu(%x) {alpha = 0.3}");
  check("Elu(%x) {alpha = 0.3}");
  check("Celu(%x) {alpha = 0.3}");
  check("Selu(%x)");
  check("HardSigmoid(%x)");
  check("ThresholdedRelu(%x) {alpha = 1.5}");
  check("Swish(%x) {alpha = 1.5}");
  check("Gelu(%x)");
  check("Gelu(%x) {approximate = \"tanh\"}");
  check("Clip(%x)");
  check("Clip(%x, %a, %b)", ", %a: $[], %b: $[]");
  check("Clip(%x, %a)", ", %a: $[]");
  check("Clip(%x, _, %b)", ", %b: $[1]");
  check("PRelu(%x, %a)", ", %a: $[1]");
  check("IsNaN(%x)");
  check("Max(%x, %a, %b)", ", %a: $[], %b: $[3, 1]");
  check("Min(%x)");
  check("Mean(%x, %a, %b)", ", %a: $[], %b: $[3, 1]");
  check("Sum(%x, %a)", ", %a: $[1, 1, 1]");
}

TEST_CASE("cpu elementwise: constant bounds and exponents are part of the program") {
  const auto check = [](std::string_view body) {
    check_on_every_backend(fmt::format("graph(%x: f32[77]) -> (%y) {{ {} }}", body),
                           {.ranges = {{"x", {-5, 5}}}, .claimed_by = {"cpu"}});
  };
  check("%a = const f32[] {-1}\n %b = const f32[1] {2}\n %y = Clip(%x, %a, %b)");
  check("%b = const f32[] {2}\n %y = Clip(%x, _, %b)");
  for (const char* e : {"f32[] {2}", "f32[1] {3}", "i64[] {2}", "i32[] {-1}", "f32[] {1}"})
    check(fmt::format("%e = const {}\n %y = Pow(%x, %e)", e));
  check("%z = Abs(%x)\n %e = const f32[] {0.5}\n %y = Pow(%z, %e)");
  check("%z = Abs(%x)\n %e = const f32[] {1.3}\n %y = Pow(%z, %e)");
}

TEST_CASE("cpu elementwise: NaN wins in Min, Max and Clip") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor a = Tensor::of<float>({4}, {nan, 1, nan, 2}), b = Tensor::of<float>({4}, {1, nan, nan, 3});
  for (const char* call :
       {"Min(%a, %b)", "Max(%a, %b)", "Clip(%a)", "HardSwish(%a)", "HardSigmoid(%a)", "LeakyRelu(%a)", "Elu(%a)", "Tanh(%a)"}) {
    check_on_every_backend(fmt::format("graph(%a: f32[4], %b: f32[4]) -> (%y) {{ %y = {} }}", call),
                           {.tensors = {{"a", a}, {"b", b}}, .claimed_by = {"cpu"}});
  }
}

TEST_CASE("cpu elementwise: binary operators") {
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Pow"}) {
    for (const char* t : {"f32", "bf16"}) {
      check_on_every_backend(fmt::format("graph(%a: {0}[7, 33], %b: {0}[33]) -> (%y) {{ %y = {1}(%a, %b) }}", t, op),
                             {.ranges = {{"a", {0.5, 4}}, {"b", {0.5, 4}}}, .claimed_by = {"cpu"}});
    }
  }
}

TEST_CASE("cpu elementwise: channels-last tensors stay channels-last") {
  check_unary("Relu", "f32[2, 5, 3, 7]@channels_last");
  check_unary("Relu", "bf16[2, 5, 3]@channels_last");
}

}  // namespace
}  // namespace onnxrun::test
