#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

std::string graph(std::string_view x, int regions, std::string_view attrs, std::string_view type = "f32") {
  return fmt::format("graph(%x: {3}[{0}], %r: {3}[{1}, 4], %b: i64[{1}]) -> (%y) {{ %y = RoiAlign(%x, %r, %b) {{{2}}} }}", x, regions, attrs, type);
}

void check(std::string_view x, int regions, std::string_view attrs, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  options.ranges["r"] = {-3, 14};
  options.ranges["b"] = {0, 2};
  options.tolerance = Tolerance{1e-4, 1e-5};
  check_on_every_backend(graph(x, regions, attrs), options);
}

TEST_CASE("cpu roi_align: bins, samples, scales and both ways to count") {
  for (const char* where : {"half_pixel", "output_half_pixel"}) {
    for (const int ratio : {0, 1, 2, 5}) {
      const std::string attrs = fmt::format("sampling_ratio = {}, coordinate_transformation_mode = \"{}\"", ratio, where);
      check("2, 3, 9, 11", 5, attrs + ", output_height = 3, output_width = 2");
      check("2, 3, 9, 11", 2, attrs + ", output_height = 9, output_width = 11, spatial_scale = 0.7");
      check("2, 1, 1, 1", 3, attrs);
    }
  }
}

TEST_CASE("cpu roi_align: nothing in, nothing out, and what weighs nothing doesn't count") {
  check("2, 3, 9, 11", 0, "");
  check("2, 0, 9, 11", 2, "");
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = Tensor::of<float>({2, 1, 2, 2}, {nan, 1, 2, 3, 1, 2, nan, 4}), r = Tensor::of<float>({2, 4}, {50, 50, 60, 60, 0, 0, 1, 1});
  check("2, 1, 2, 2", 2, "sampling_ratio = 1, output_height = 2, output_width = 2", {.tensors = {{"x", x}, {"r", r}}});
}

TEST_CASE("cpu roi_align: refusals") {
  check_on_every_backend(graph("2, 1, 4, 4", 1, "mode = \"max\""), {.ranges = {{"b", {0, 2}}}, .refused_by = {{"cpu", "max"}}});
  check_on_every_backend(graph("2, 1, 4, 4", 1, "", "f64"), {.ranges = {{"b", {0, 2}}}, .refused_by = {{"cpu", "f64"}}});
}

}  // namespace
}  // namespace onnxrun::test
