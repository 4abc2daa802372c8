#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(const char* op, const char* type, int axis, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  check_on_every_backend(fmt::format("graph(%x: {}) -> (%y) {{ %y = {}(%x) {{axis = {}}} }}", type, op, axis), options);
}

TEST_CASE("cpu softmax: rows of every length round the vector sizes") {
  for (const int n : {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 127}) {
    for (const char* dtype : {"f32", "bf16", "f16"}) {
      check("Softmax", fmt::format("{}[5, {}]", dtype, n).c_str(), -1);
      check("LogSoftmax", fmt::format("{}[5, {}]", dtype, n).c_str(), -1);
    }
  }
}

TEST_CASE("cpu softmax: inner axes") {
  for (const int axis : {0, 1}) {
    for (const char* type : {"f32[5, 4, 3]", "f32[2, 9, 33]", "bf16[3, 5, 17]", "f16[2, 3, 8]"}) {
      check("Softmax", type, axis);
      check("LogSoftmax", type, axis);
    }
  }
}

TEST_CASE("cpu softmax: enough rows for several threads") {
  check("Softmax", "f32[400, 129]", 1);
  check("Softmax", "f32[3, 40, 401]", 1);
}

TEST_CASE("cpu softmax: large values, infinities and NaN") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  check("Softmax", "f32[4, 3]", 1,
        {.tensors = {{"x", Tensor::of<float>({4, 3}, {-1e30f, 0, 1e30f, -inf, 1, 2, nan, 1, 2, -inf, -inf, -inf})}}});
  check("LogSoftmax", "f32[2, 3]", 1, {.tensors = {{"x", Tensor::of<float>({2, 3}, {-300, 0, 300, 1, nan, 2})}}});
  check("Softmax", "f32[3, 4]", 0,
        {.tensors = {{"x", Tensor::of<float>({3, 4}, {-inf, nan, 1, 88, 2, 1, 1, -88, 3, 0, 1, 100})}}});
}

TEST_CASE("cpu softmax: a scalar, a vector and nothing") {
  check("Softmax", "f32[7]", 0);
  check("Softmax", "f32[0, 4]", 1);
  check("Softmax", "f32[4, 0]", 1);
  check("LogSoftmax", "f32[4, 0, 3]", 0);
}

TEST_CASE("cpu softmax: refuses f64") {
  check_on_every_backend("graph(%x: f64[2, 3]) -> (%y) { %y = Softmax(%x) }", {.refused_by = {{"cpu", "f64"}}});
}

}  // namespace
}  // namespace onnxrun::test
