#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();

void check(std::string_view x, std::string_view grid, std::string_view attrs, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  options.ranges["g"] = {-1.6, 1.6};
  options.tolerance = Tolerance{1e-4, 1e-5};
  check_on_every_backend(fmt::format("graph(%x: f32[{}], %g: f32[{}]) -> (%y) {{ %y = GridSample(%x, %g) {{{}}} }}", x, grid, attrs), options);
}

TEST_CASE("cpu grid_sample: every mode and padding, one to three dimensions") {
  for (const char* mode : {"nearest", "linear", "cubic"}) {
    for (const char* padding : {"zeros", "border", "reflection"}) {
      for (const int corners : {0, 1}) {
        const std::string attrs = fmt::format("mode = \"{}\", padding_mode = \"{}\", align_corners = {}", mode, padding, corners);
        check("2, 3, 5, 7", "2, 9, 11, 2", attrs);
        check("1, 2, 9", "1, 70, 1", attrs);
        check("1, 2, 3, 4, 5", "1, 4, 3, 6, 3", attrs);
        check("1, 1, 1, 1", "1, 3, 3, 2", attrs);
      }
    }
  }
}

TEST_CASE("cpu grid_sample: nothing in, nothing out") {
  check("1, 2, 4, 4", "1, 0, 3, 2", "");
  check("0, 2, 4, 4", "0, 2, 3, 2", "");
  check("1, 0, 4, 4", "1, 2, 3, 2", "");
  check("1, 2, 0, 4", "1, 2, 3, 2", "");
}

TEST_CASE("cpu grid_sample: places that are no numbers or far away; what weighs nothing doesn't count") {
  const Tensor g = Tensor::of<float>({1, 2, 3, 2}, {kNan, 0, kInf, 0, -kInf, 0.5f, 1e30f, -1e30f, -1, -1, 0, 1e-40f});
  const Tensor x = Tensor::of<float>({1, 1, 2, 2}, {1, kInf, kNan, 4});
  for (const char* padding : {"zeros", "border", "reflection"}) {
    const std::string attrs = fmt::format("padding_mode = \"{}\", align_corners = 1", padding);
    check("1, 1, 2, 2", "1, 2, 3, 2", attrs, {.tensors = {{"g", g}}});
    check("1, 1, 2, 2", "1, 2, 3, 2", attrs, {.tensors = {{"g", g}, {"x", x}}});
  }
}

TEST_CASE("cpu grid_sample: refusals") {
  check_on_every_backend("graph(%x: f64[1, 1, 3, 3], %g: f64[1, 2, 2, 2]) -> (%y) { %y = GridSample(%x, %g) }", {.refused_by = {{"cpu", "f64"}}});
  check_on_every_backend("graph(%x: f16[1, 1, 3, 3], %g: f16[1, 2, 2, 2]) -> (%y) { %y = GridSample(%x, %g) }", {.refused_by = {{"cpu", "f16"}}});
  check_on_every_backend("graph(%x: f32[1, 1, 3, 3, 3, 3], %g: f32[1, 2, 2, 2, 2, 4]) -> (%y) { %y = GridSample(%x, %g) }",
                         {.refused_by = {{"cpu", "rank 6"}}});
}

}  // namespace
}  // namespace onnxrun::test
