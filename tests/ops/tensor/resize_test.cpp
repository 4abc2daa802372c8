#include <doctest/doctest.h>

#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

Tensor vec(const std::vector<float>& v) { return Tensor::of<float>({static_cast<std::int64_t>(v.size())}, std::span<const float>(v)); }

// Resizes {1, 4, 2, 8, 5}.
std::string resized(const std::string& args, const std::string& attrs, const std::vector<float>& want) {
  const std::string text = "graph() -> (%y) { %x = const f32[5] {1.0, 4.0, 2.0, 8.0, 5.0} " + args + " %y = Resize(%x, %r, %k, %z) {" + attrs + "} }";
  return difference(results_of(text)[0], vec(want), {1e-5, 1e-5});
}
std::string scaled(const std::string& scale, const std::string& attrs, const std::vector<float>& want) {
  return resized("%r = const f32[0] {} %k = const f32[1] {" + scale + "} %z = const i64[0] {}", attrs, want);
}

TEST_CASE("resize: linear, by every rule for coordinates") {
  const auto linear = [](const std::string& mode, const std::vector<float>& want) {
    return scaled("1.7", "mode = \"linear\", coordinate_transformation_mode = \"" + mode + "\"", want);
  };
  CHECK(linear("half_pixel", {1, 2.1470587f, 3.9117646f, 2.8823531f, 2.8823526f, 6.4117641f, 7.0294123f, 5.2647061f}) == "");
  CHECK(linear("align_corners", {1, 2.5999999f, 3.8666668f, 2.8000002f, 2.7999995f, 5.9999995f, 7.4000001f, 5.8000002f}) == "");
  CHECK(linear("asymmetric", {1, 2.7647059f, 3.647059f, 2.4705884f, 4.1176467f, 7.6470585f, 6.4117651f, 5}) == "");
  CHECK(linear("pytorch_half_pixel", {1, 2.1470587f, 3.9117646f, 2.8823531f, 2.8823526f, 6.4117641f, 7.0294123f, 5.2647061f}) == "");
  CHECK(linear("half_pixel_symmetric", {1, 2.5882354f, 3.7647059f, 2.5882354f, 3.7647059f, 7.2941175f, 6.5882354f, 5}) == "");
  CHECK(scaled("0.6", "mode = \"linear\"", {2, 2, 6}) == "");
  CHECK(scaled("2.0", "mode = \"linear\", exclude_outside = 1", {1, 1.75f, 3.25f, 3.5f, 2.5f, 3.5f, 6.5f, 7.25f, 5.75f, 5}) == "");
}

TEST_CASE("resize: cubic") {
  const auto cubic = [](const std::string& mode, const std::vector<float>& want) {
    return scaled("1.7", "mode = \"cubic\", coordinate_transformation_mode = \"" + mode + "\"", want);
  };
  CHECK(cubic("half_pixel", {0.70787269f, 2.240828f, 3.9734764f, 2.4926012f, 2.6305685f, 6.7938819f, 7.7535753f, 5.2469597f}) == "");
  CHECK(cubic("align_corners", {1, 2.8115554f, 4.0056295f, 2.3439977f, 2.5573318f, 6.3333311f, 8.0479994f, 5.9662213f}) == "");
  CHECK(cubic("asymmetric", {1, 3.0104833f, 3.847955f, 1.8990411f, 3.9765925f, 7.8326879f, 6.9283538f, 4.7939119f}) == "");
  CHECK(cubic("half_pixel_symmetric", {0.88276094f, 2.7970695f, 3.9555306f, 2.0234079f, 3.5540404f, 7.6009588f, 7.1927533f, 4.8827605f}) == "");
  CHECK(scaled("0.6", "mode = \"cubic\"", {2.0555565f, 2.0000017f, 6.2777767f}) == "");
  CHECK(scaled("2.0", "mode = \"cubic\", exclude_outside = 1",
               {0.59090906f, 1.6784452f, 3.4452829f, 3.6523438f, 1.9257812f, 3.2539062f, 6.8867188f, 7.8528304f, 5.8056536f, 4.590909f}) == "");
  const auto bytes = results_of("graph() -> (%y) { %x = const u8[3] {0, 255, 7} %k = const f32[1] {2.0} %y = Resize(%x, _, %k) {mode = \"cubic\"} }");
  CHECK(difference(bytes[0], Tensor::of<std::uint8_t>({6}, {0, 66, 223, 226, 72, 0})) == "");
}

TEST_CASE("resize: antialiasing covers what is left out") {
  CHECK(scaled("0.6", "mode = \"linear\", antialias = 1", {2.125f, 3.7777777f, 6.125f}) == "");
  CHECK(scaled("0.6", "mode = \"cubic\", antialias = 1", {1.9975886f, 4.0476217f, 6.3445778f}) == "");
  const std::string three = "%r = const f32[0] {} %k = const f32[0] {} %z = const i64[1] {3}";
  CHECK(resized(three, "mode = \"linear\", antialias = 1, exclude_outside = 1", {2.2857144f, 3.7777777f, 6.2857141f}) == "");
  CHECK(resized(three, "mode = \"cubic\", antialias = 1, exclude_outside = 1", {2.0561187f, 4.0185184f, 6.423471f}) == "");
}

TEST_CASE("resize: nearest, by every rule for rounding") {
  const auto nearest = [](const std::string& scale, const std::string& where, const std::string& mode, const std::vector<float>& want) {
    return scaled(scale, "coordinate_transformation_mode = \"" + where + "\", nearest_mode = \"" + mode + "\"", want);
  };
  CHECK(nearest("2.0", "asymmetric", "round_prefer_floor", {1, 1, 4, 4, 2, 2, 8, 8, 5, 5}) == "");
  CHECK(nearest("2.0", "asymmetric", "round_prefer_ceil", {1, 4, 4, 2, 2, 8, 8, 5, 5, 5}) == "");
  CHECK(nearest("2.0", "asymmetric", "floor", {1, 1, 4, 4, 2, 2, 8, 8, 5, 5}) == "");
  CHECK(nearest("2.0", "asymmetric", "ceil", {1, 4, 4, 2, 2, 8, 8, 5, 5, 5}) == "");
  CHECK(nearest("0.6", "half_pixel", "round_prefer_floor", {1, 2, 5}) == "");
  CHECK(nearest("0.6", "half_pixel", "floor", {1, 4, 8}) == "");
  CHECK(nearest("0.6", "half_pixel", "ceil", {4, 2, 5}) == "");
  const auto text = results_of("graph() -> (%y) { %x = const str[2] {\"a\", \"b\"} %k = const f32[1] {2.0} %y = Resize(%x, _, %k) }");
  CHECK(difference(text[0], Tensor::of<std::string>({4}, {"a", "a", "b", "b"})) == "");
}

TEST_CASE("resize: a region of interest, and what lies outside of it") {
  const auto crop = [](const std::string& roi, const std::string& mode, const std::vector<float>& want) {
    return resized("%r = const f32[2] {" + roi + "} %k = const f32[0] {} %z = const i64[1] {4}",
                   "mode = \"" + mode + "\", coordinate_transformation_mode = \"tf_crop_and_resize\", extrapolation_value = 9.0", want);
  };
  CHECK(crop("-0.25, 0.75", "linear", {9, 2, 2.6666667f, 8}) == "");
  CHECK(crop("0.2, 1.25", "nearest", {4, 2, 5, 9}) == "");
}

TEST_CASE("resize: two dimensions, some axes, the aspect ratio") {
  const char* text = R"(graph() -> (%a, %b, %c, %d) {
    %x = const f32[2, 3] {0.0, 1.0, 2.0, 3.0, 4.0, 5.0} %s64 = const i64[2] {6, 4} %s34 = const i64[2] {3, 4} %s35 = const i64[2] {3, 5} %s2 = const i64[1] {2}
    %a = Resize(%x, _, _, %s64) {keep_aspect_ratio_policy = "not_larger"} %b = Resize(%x, _, _, %s34) {keep_aspect_ratio_policy = "not_smaller"}
    %c = Resize(%x, _, _, %s35) {mode = "linear"} %d = Resize(%x, _, _, %s2) {mode = "linear", axes = [1]} })";
  const auto y = results_of(text);
  CHECK(difference(y[0], Tensor::of<float>({3, 4}, {0, 1, 1, 2, 3, 4, 4, 5, 3, 4, 4, 5})) == "");
  CHECK(difference(y[1], Tensor::of<float>({3, 5}, {0, 0, 1, 2, 2, 0, 0, 1, 2, 2, 3, 3, 4, 5, 5})) == "");
  CHECK(difference(y[2], Tensor::of<float>({3, 5}, {0, 0.4f, 1, 1.6f, 2, 1.5f, 1.9f, 2.5f, 3.1f, 3.5f, 3, 3.4f, 4, 4.6f, 5})) == "");
  CHECK(difference(y[3], Tensor::of<float>({2, 2}, {0.25f, 1.75f, 3.25f, 4.75f})) == "");
  for (const char* mode : {"nearest", "linear", "cubic"}) {
    check_on_every_backend(std::string("graph(%x: f32[2, 5, 4, 6]@channels_last) -> (%y) { %k = const f32[4] {1.0, 1.0, 2.0, 0.5} %y = Resize(%x, _, %k) {mode = \"") +
                           mode + "\"} }");
    check_on_every_backend(std::string("graph(%x: f32[1, 3, 4, 6]) -> (%y) { %z = const i64[4] {1, 3, 7, 9} %y = Resize(%x, _, _, %z) {mode = \"") + mode +
                           "\", coordinate_transformation_mode = \"align_corners\"} }");
  }
}

TEST_CASE("resize: complex numbers by their parts, bools and strings by the nearest") {
  const auto y = results_of(R"(graph() -> (%c, %b, %s) { %r = const f32[2] {0.0, 1.5} %k = const f32[1] {2.0} %z = const i64[0] {}
    %xc = const c64[2] {(1, 10), (3, 30)} %c = Resize(%xc, _, %k) {mode = "linear"}
    %xb = const bool[2] {true, false} %b = Resize(%xb, %r, %k) {coordinate_transformation_mode = "tf_crop_and_resize", extrapolation_value = 1.0}
    %xs = const str[2] {"p", "q"} %s = Resize(%xs, %r, %k) {coordinate_transformation_mode = "tf_crop_and_resize"} })");
  CHECK(difference(y[0], Tensor::of<std::complex<float>>({4}, {{1, 10}, {1.5f, 15}, {2.5f, 25}, {3, 30}})) == "");
  CHECK(difference(y[1], Tensor::of<bool>({6}, {true, true, false, true, true, true})) == "");
  CHECK(difference(y[2], Tensor::of<std::string>({6}, {"p", "p", "q", "", "", ""})) == "");
  CHECK(error_of("graph(%x: str[2]) -> (%y) { %k = const f32[1] {2.0} %y = Resize(%x, _, %k) {mode = \"linear\"} }").find("want nearest for strings") != std::string::npos);
}

TEST_CASE("resize: symbolic shapes") {
  const auto scales = [](const std::string& k) {
    return types_of("graph(%x: f32[N, 3, H, 5]) -> (%y) { %k = const f32[4] {1.0, 1.0, " + k + "} %y = Resize(%x, _, %k) }");
  };
  CHECK(scales("2.0, 2.0") == "f32[N, 3, 2*H, 10]");
  CHECK(scales("0.5, 0.5") == "f32[N, 3, floordiv(H, 2), 2]");
  CHECK(scales("1.5, 0.7") == "f32[N, 3, floordiv(3*H, 2), 3]");
  CHECK(scales("1.2345678, 1.0") == "f32[N, 3, _s0, 5]");
  CHECK(types_of("graph(%x: f32[N, 8, H, W]@channels_last, %k: f32[4]) -> (%y) { %y = Resize(%x, _, %k) }") == "f32[_s0, _s1, _s2, _s3]@channels_last");
  CHECK(types_of(R"(graph(%x: f32[N, 8, H, W], %o: f32[N, 8, A, B]) -> (%y) { %s = Shape(%o) %y = Resize(%x, _, _, %s) {mode = "linear"} })") == "f32[N, 8, A, B]");
  CHECK(types_of(R"(graph(%x: f32[N, 8, H, W], %o: f32[A, B]) -> (%y) { %s = Shape(%o) %y = Resize(%x, _, _, %s) {axes = [2, -1]} })") == "f32[N, 8, A, B]");
}

TEST_CASE("resize: errors") {
  const auto error = [](const std::string& call) {
    return error_of("graph(%x: f32[2, 4]) -> (%y) { %k = const f32[2] {1.0, 2.0} %z = const i64[2] {2, 2} %bad = const f32[1] {2.0} %zero = const f32[2] {1.0, 0.0} %y = " + call + " }");
  };
  CHECK(error("Resize(%x, _, %k, %z)").find("wants either scales or sizes, has both") != std::string::npos);
  CHECK(error("Resize(%x)").find("wants either scales or sizes, has neither") != std::string::npos);
  CHECK(error("Resize(%x, _, %bad)").find("1 scales for 2 axes") != std::string::npos);
  CHECK(error("Resize(%x, _, %zero)").find("a scale of 0") != std::string::npos);
  CHECK(error("Resize(%x, _, %k) {mode = \"area\"}").find("want nearest, linear or cubic") != std::string::npos);
  CHECK(error("Resize(%x, _, %k) {nearest_mode = \"near\"}").find("nearest_mode = \"near\"") != std::string::npos);
  CHECK(error("Resize(%x, _, %k) {coordinate_transformation_mode = \"x\"}").find("coordinate_transformation_mode = \"x\"") != std::string::npos);
  CHECK(error("Resize(%x, _, %k) {axes = [0, 0]}").find("axis 0 is given twice") != std::string::npos);
}

TEST_CASE("resize: Upsample and opset 10 are asymmetric") {
  const Tensor up = Tensor::of<float>({4}, {1, 1, 2, 2}), down = Tensor::of<float>({4}, {1, 1, 0.5f, 0.5f});
  CHECK(upgraded("Upsample", 9, {"f32[N, 3, 4, 4]", up}) ==
        "%0 = const f32[4] {1, 1, 2, 2} %1 = Resize(%x0, _, %0) {coordinate_transformation_mode = \"asymmetric\", nearest_mode = \"floor\"}");
  CHECK(upgraded("Upsample", 7, {"f32[N, 3, 4, 4]"}, {{"scales", Floats{1, 1, 2, 2}}, {"mode", std::string("linear")}}) ==
        "%0 = const f32[4] {1, 1, 2, 2} %1 = Resize(%x0, _, %0) {coordinate_transformation_mode = \"asymmetric\", mode = \"linear\", nearest_mode = \"floor\"}");
  CHECK(upgraded("Upsample", 1, {"f32[N, 3, 4, 4]"}, {{"height_scale", 2.0f}, {"width_scale", 3.0f}, {"mode", std::string("bilinear")}}) ==
        "%0 = const f32[4] {1, 1, 2, 3} %1 = Resize(%x0, _, %0) {coordinate_transformation_mode = \"asymmetric\", mode = \"linear\", nearest_mode = \"floor\"}");
  CHECK(upgraded("Resize", 10, {"f32[N, 3, 4, 4]", down}) ==
        "%0 = const f32[4] {1, 1, 0.5, 0.5} %1 = Resize(%x0, _, %0) {coordinate_transformation_mode = \"asymmetric\", nearest_mode = \"ceil\"}");
}

}  // namespace
}  // namespace onnxrun::test
