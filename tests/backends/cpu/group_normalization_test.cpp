#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

// `groups` 0: an InstanceNormalization.
void check(std::string_view type, std::string_view shape, int channels, int groups, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  const std::string call = groups == 0 ? "InstanceNormalization(%x, %g, %b)"
                                       : fmt::format("GroupNormalization(%x, %g, %b) {{num_groups = {}, epsilon = 0.01}}", groups);
  check_on_every_backend(fmt::format("graph(%x: {0}[{1}], %g: {0}[{2}], %b: {0}[{2}]) -> (%y) {{ %y = {3} }}", type, shape, channels, call), options);
}

TEST_CASE("cpu group_normalization: instances of every length round the vector sizes") {
  for (const char* t : {"f32", "bf16", "f16"}) {
    for (const int n : {1, 2, 7, 8, 9, 31, 64, 65, 300}) check(t, fmt::format("2, 3, {}", n), 3, 0);
    check(t, "2, 5, 7, 9", 5, 0);
    check(t, "1, 2, 3, 4, 5", 2, 0);
  }
}

TEST_CASE("cpu group_normalization: groups of one, some and all channels") {
  for (const char* t : {"f32", "bf16", "f16"}) {
    for (const int groups : {1, 2, 3, 6}) {
      check(t, "2, 6, 5, 7", 6, groups);
      check(t, "3, 6", 6, groups);
    }
  }
}

TEST_CASE("cpu group_normalization: long rows far from 0, and nothing") {
  check("f32", "1, 2, 300, 401", 2, 0, {.ranges = {{"x", {90, 110}}}});
  check("f32", "1, 4, 150, 401", 4, 1, {.ranges = {{"x", {90, 110}}}});
  check("f32", "0, 4, 3", 4, 2);
  check("f32", "2, 4, 0, 3", 4, 2);
  check("f32", "2, 0, 3", 0, 0);
}

TEST_CASE("cpu group_normalization: NaN and infinities stay in their row; constant and tiny rows") {
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = Tensor::of<float>({1, 4, 3}, {1, nan, 2, 3, inf, 4, 5, 5, 5, 1e-40f, 2e-40f, 0});
  for (const int groups : {0, 2, 4}) check("f32", "1, 4, 3", 4, groups, {.tensors = {{"x", x}}});
}

TEST_CASE("cpu group_normalization: refusals") {
  check_on_every_backend("graph(%x: f64[2, 3, 4], %g: f64[3], %b: f64[3]) -> (%y) { %y = InstanceNormalization(%x, %g, %b) }",
                         {.refused_by = {{"cpu", "f64"}}});
}

}  // namespace
}  // namespace onnxrun::test
