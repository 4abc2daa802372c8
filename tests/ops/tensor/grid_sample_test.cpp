// GridSample, AffineGrid, RoiAlign.
#include <doctest/doctest.h>

#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

// {{1, 2, 3}, {4, 5, 6}} at the corner, in the middle, right of it and outside.
std::string sampled(const std::string& mode, const std::string& padding, int corners, std::initializer_list<float> want) {
  const auto y = results_of("graph() -> (%y) { %x = const f32[1, 1, 2, 3] {1.0, 2.0, 3.0, 4.0, 5.0, 6.0} "
                            "%g = const f32[1, 1, 4, 2] {-1.0, -1.0, 0.0, 0.0, 0.5, -0.2, 1.4, 0.3} %y = GridSample(%x, %g) {mode = \"" + mode +
                            "\", padding_mode = \"" + padding + "\", align_corners = " + std::to_string(corners) + "} }");
  return difference(y[0], Tensor::of<float>({1, 1, 1, 4}, want), {1e-5, 1e-5});
}

TEST_CASE("grid_sample: every mode and padding") {
  CHECK(sampled("linear", "zeros", 0, {0.25f, 3.5f, 3.65f, 0}) == "");
  CHECK(sampled("linear", "zeros", 1, {1, 3.5f, 3.7f, 2.97f}) == "");
  CHECK(sampled("linear", "border", 0, {1, 3.5f, 3.65f, 5.4f}) == "");
  CHECK(sampled("linear", "border", 1, {1, 3.5f, 3.7f, 4.95f}) == "");
  CHECK(sampled("linear", "reflection", 0, {1, 3.5f, 3.65f, 5.3f}) == "");
  CHECK(sampled("linear", "reflection", 1, {1, 3.5f, 3.7f, 4.55f}) == "");
  CHECK(sampled("nearest", "zeros", 0, {1, 2, 3, 0}) == "");
  CHECK(sampled("nearest", "border", 1, {1, 2, 3, 6}) == "");
  CHECK(sampled("nearest", "reflection", 0, {1, 2, 3, 6}) == "");
  CHECK(sampled("cubic", "zeros", 0, {0.0625f, 4.15625f, 4.69917f, -0.37179f}) == "");
  CHECK(sampled("cubic", "zeros", 1, {1, 4.15625f, 4.90188f, 3.70404f}) == "");
  CHECK(sampled("cubic", "border", 0, {0.625f, 3.5f, 3.64559f, 5.472f}) == "");
  CHECK(sampled("cubic", "reflection", 0, {0.25f, 3.5f, 3.64559f, 5.39675f}) == "");
  CHECK(sampled("cubic", "reflection", 1, {1, 3.5f, 3.7435f, 4.94675f}) == "");
}

TEST_CASE("grid_sample: positions that are no numbers, volumes, shapes, errors") {
  const auto y = results_of("graph() -> (%y) { %x = const f32[1, 1, 2] {1.0, 2.0} %g = const f32[1, 3, 1] {nan, inf, -inf} %y = GridSample(%x, %g) }");
  CHECK(difference(y[0], Tensor::of<float>({1, 1, 3}, {0, 0, 0})) == "");
  CHECK(types_of("graph(%x: f32[N, C, D, H, W], %g: f32[N, A, B, E, 3]) -> (%y) { %y = GridSample(%x, %g) }") == "f32[N, C, A, B, E]");
  CHECK(error_of("graph(%x: f32[1, 1, 4, 4], %g: f32[1, 2, 2, 3]) -> (%y) { %y = GridSample(%x, %g) }").find("the number of coordinates") != std::string::npos);
  CHECK(error_of("graph(%x: f32[1, 1, 4, 4], %g: f32[1, 2, 2, 2]) -> (%y) { %y = GridSample(%x, %g) {mode = \"bilinear\"} }").find("mode = \"bilinear\"") !=
        std::string::npos);
  CHECK(upgraded("GridSample", 16, {"f32[1, 1, 4, 4]", "f32[1, 2, 2, 2]"}, {{"mode", std::string("bicubic")}}) == "%0 = GridSample(%x0, %x1) {mode = \"cubic\"}");
}

TEST_CASE("grid_sample: bools, complex numbers, strings") {
  const auto y = results_of(R"(graph() -> (%b, %c, %s) { %g = const f32[1, 1, 3, 2] {-1.0, -1.0, 0.0, 0.0, 3.0, 0.3}
    %xb = const bool[1, 1, 1, 3] {true, false, true} %b = GridSample(%xb, %g) {mode = "nearest"}
    %xc = const c64[1, 1, 1, 3] {(1, 2), (3, 4), (5, 6)} %c = GridSample(%xc, %g) {padding_mode = "border"}
    %xs = const str[1, 2, 1, 3] {"a", "b", "c", "d", "e", "f"} %s = GridSample(%xs, %g) {mode = "nearest", align_corners = 1} })");
  CHECK(difference(y[0], Tensor::of<bool>({1, 1, 1, 3}, {true, false, false})) == "");
  CHECK(difference(y[1], Tensor::of<std::complex<float>>({1, 1, 1, 3}, {{1, 2}, {3, 4}, {5, 6}})) == "");
  CHECK(difference(y[2], Tensor::of<std::string>({1, 2, 1, 3}, {"a", "b", "", "d", "e", ""})) == "");
  CHECK(error_of("graph(%x: str[1, 1, 4, 4], %g: f32[1, 2, 2, 2]) -> (%y) { %y = GridSample(%x, %g) }").find("want nearest for strings") != std::string::npos);
}

TEST_CASE("affine_grid: both alignments") {
  const auto y = results_of(R"(graph() -> (%a, %b) { %t = const f32[1, 2, 3] {1.0, 0.0, 0.5, 0.0, 2.0, 0.0} %s = const i64[4] {1, 1, 2, 3}
    %a = AffineGrid(%t, %s) %b = AffineGrid(%t, %s) {align_corners = 1} })");
  CHECK(difference(y[0], Tensor::of<float>({1, 2, 3, 2}, {-0.16666667f, -1, 0.5f, -1, 1.16666667f, -1, -0.16666667f, 1, 0.5f, 1, 1.16666667f, 1})) == "");
  CHECK(difference(y[1], Tensor::of<float>({1, 2, 3, 2}, {-0.5f, -2, 0.5f, -2, 1.5f, -2, -0.5f, 2, 0.5f, 2, 1.5f, 2})) == "");
  CHECK(types_of("graph(%t: f32[N, 3, 4], %x: f32[N, C, D, H, W]) -> (%y) { %s = Shape(%x) %y = AffineGrid(%t, %s) }") == "f32[N, D, H, W, 3]");
  CHECK(error_of("graph(%t: f32[1, 2, 3], %s: i64[3]) -> (%y) { %y = AffineGrid(%t, %s) }").find("size has 3 elements") != std::string::npos);
}

std::string aligned(const std::string& attrs, std::initializer_list<float> want) {
  const auto y = results_of("graph() -> (%y) { %x = const f32[1, 1, 4, 4] {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0} "
                            "%r = const f32[2, 4] {0.0, 0.0, 3.0, 3.0, 1.0, 1.0, 2.5, 3.5} %b = const i64[2] {0, 0} "
                            "%y = RoiAlign(%x, %r, %b) {output_height = 2, output_width = 2" + attrs + "} }");
  return difference(y[0], Tensor::of<float>({2, 1, 2, 2}, want), {1e-5, 1e-5});
}

TEST_CASE("roi_align: mean and maximum, shifts, scales") {
  CHECK(aligned("", {1.5625f, 3, 7.3125f, 8.75f, 5.375f, 6.125f, 10.375f, 11.125f}) == "");
  CHECK(aligned(", mode = \"max\"", {2.5f, 3.28125f, 7, 7.65625f, 3.5546875f, 3.046875f, 7.8203125f, 6.015625f}) == "");
  CHECK(aligned(", coordinate_transformation_mode = \"output_half_pixel\", sampling_ratio = 2", {3.75f, 5.25f, 9.75f, 11.25f, 7.875f, 8.625f, 12.5f, 13.25f}) == "");
  CHECK(aligned(", spatial_scale = 0.5", {0, 0.625f, 2.5f, 3.125f, 1.4375f, 1.8125f, 3.9375f, 4.3125f}) == "");
}

TEST_CASE("roi_align: shapes, errors, the coordinates of opset 10") {
  CHECK(types_of("graph(%x: f32[N, C, H, W], %r: f32[R, 4], %b: i64[R]) -> (%y) { %y = RoiAlign(%x, %r, %b) {output_height = 7, output_width = 5} }") ==
        "f32[R, C, 7, 5]");
  CHECK(run_error_of("graph() -> (%y) { %x = const f32[1, 1, 1, 1] {1.0} %r = const f32[1, 4] {0.0, 0.0, 1.0, 1.0} %b = const i64[1] {1} %y = RoiAlign(%x, %r, %b) }")
            .find("region 0 lies in image 1 of 1") != std::string::npos);
  CHECK(run_error_of("graph() -> (%y) { %x = const f32[1, 1, 1, 1] {1.0} %r = const f32[1, 4] {0.0, 0.0, inf, 1.0} %b = const i64[1] {0} %y = RoiAlign(%x, %r, %b) }")
            .find("bins of") != std::string::npos);
  CHECK(upgraded("RoiAlign", 10, {"f32[1, 1, 4, 4]", "f32[2, 4]", "i64[2]"}) == "%0 = RoiAlign(%x0, %x1, %x2) {coordinate_transformation_mode = \"output_half_pixel\"}");
}

}  // namespace
}  // namespace onnxrun::test
