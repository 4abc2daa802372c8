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
  for (const char* op : {"Relu", "Exp"}) check_unary(op, "f32[9]", {.tensors = {{"x", x}}});
}

TEST_CASE("cpu elementwise: channels-last tensors stay channels-last") {
  check_unary("Relu", "f32[2, 5, 3, 7]@channels_last");
  check_unary("Relu", "bf16[2, 5, 3]@channels_last");
}

}  // namespace
}  // namespace onnxrun::test
