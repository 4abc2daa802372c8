// Split, Tile, Pad, DepthToSpace and back, Trilu, EyeLike, CenterCropPad.
#include <doctest/doctest.h>

#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("split: given sizes, equal ones, a smaller last one") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e) {
    %x = const i32[2, 3] {1, 2, 3, 4, 5, 6} %s = const i64[2] {1, 2} %a, %b = Split(%x, %s) {axis = 1}
    %v = const i32[5] {1, 2, 3, 4, 5} %c, %d, %e = Split(%v) {num_outputs = 3} })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({2, 1}, {1, 4})) == "");
  CHECK(difference(y[1], Tensor::of<std::int32_t>({2, 2}, {2, 3, 5, 6})) == "");
  CHECK(difference(y[2], Tensor::of<std::int32_t>({2}, {1, 2})) == "");
  CHECK(difference(y[3], Tensor::of<std::int32_t>({2}, {3, 4})) == "");
  CHECK(difference(y[4], Tensor::of<std::int32_t>({1}, {5})) == "");
  for (const char* type : {"u8", "f16", "f32", "f64", "str"}) {
    check_on_every_backend(std::string("graph(%x: ") + type + "[4, 6, 3]) -> (%a, %b, %c) { %a, %b, %c = Split(%x) {axis = 1, num_outputs = 3} }");
  }
  check_on_every_backend("graph(%x: f32[2, 8, 3, 3]@channels_last) -> (%a, %b) { %s = const i64[2] {3, 5} %a, %b = Split(%x, %s) {axis = 1} }");
}

TEST_CASE("split: symbolic shapes and contents, errors") {
  CHECK(types_of("graph(%x: f32[N, 2*M]) -> (%a, %b) { %a, %b = Split(%x) {axis = 1} }") == "f32[N, M]; f32[N, M]");
  CHECK(types_of("graph(%x: f32[N, 4]) -> (%a, %b) { %s = Shape(%x) %a, %b = Split(%s) }") == "i64[1] = {N}; i64[1] = {4}");
  CHECK(types_of("graph(%x: f32[6], %s: i64[2]) -> (%a, %b) { %a, %b = Split(%x, %s) }") == "f32[_s0]; f32[_s1]");
  CHECK(error_of("graph(%x: f32[6]) -> (%a, %b) { %s = const i64[2] {3, 4} %a, %b = Split(%x, %s) }").find("pieces of 7 in all for a dimension of 6") !=
        std::string::npos);
  CHECK(error_of("graph(%x: f32[6]) -> (%a, %b) { %s = const i64[1] {6} %a, %b = Split(%x, %s) }").find("1 sizes for 2 outputs") != std::string::npos);
  CHECK(upgraded("Split", 11, {"f32[6]"}, {{"split", Ints{2, 4}}}, 2) == "%2 = const i64[2] {2, 4} %0, %1 = Split(%x0, %2)");
}

TEST_CASE("tile: values, shapes, the form of opset 1") {
  const auto y = results_of("graph() -> (%y) { %x = const i8[2, 2] {1, 2, 3, 4} %r = const i64[2] {1, 2} %y = Tile(%x, %r) }");
  CHECK(difference(y[0], Tensor::of<std::int8_t>({2, 4}, {1, 2, 1, 2, 3, 4, 3, 4})) == "");
  for (const char* type : {"u8", "f16", "f32", "f64", "str"}) {
    check_on_every_backend(std::string("graph(%x: ") + type + "[2, 1, 3]) -> (%y) { %r = const i64[3] {2, 3, 1} %y = Tile(%x, %r) }");
  }
  CHECK(types_of("graph(%x: f32[N, 3], %n: f32[B]) -> (%y) { %b = Shape(%n) %one = const i64[1] {1} %r = Concat(%b, %one) {axis = 0} %y = Tile(%x, %r) }") ==
        "f32[B*N, 3]");
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %r = const i64[1] {2} %y = Tile(%x, %r) }").find("1 repeats for an input of rank 2") != std::string::npos);
  CHECK(upgraded("Tile", 1, {"f32[2, 3]", Tensor::of<float>({}, {4}), Tensor::of<float>({}, {1})}) == "%1 = const i64[2] {1, 4} %0 = Tile(%x0, %1)");
}

// Pads {1, 2, 3, 4}.
std::string padded(const std::string& pads, const std::string& mode, std::initializer_list<std::int32_t> want) {
  const auto y = results_of("graph() -> (%y) { %x = const i32[4] {1, 2, 3, 4} %p = const i64[2] {" + pads + "} %y = Pad(%x, %p) {mode = \"" + mode + "\"} }");
  return difference(y[0], Tensor::of<std::int32_t>({static_cast<std::int64_t>(want.size())}, want));
}

TEST_CASE("pad: every mode, negative amounts") {
  CHECK(padded("2, 1", "constant", {0, 0, 1, 2, 3, 4, 0}) == "");
  CHECK(padded("2, 1", "edge", {1, 1, 1, 2, 3, 4, 4}) == "");
  CHECK(padded("2, 1", "reflect", {3, 2, 1, 2, 3, 4, 3}) == "");
  CHECK(padded("5, 0", "reflect", {2, 3, 4, 3, 2, 1, 2, 3, 4}) == "");
  CHECK(padded("2, 5", "wrap", {3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1}) == "");
  CHECK(padded("-1, 2", "constant", {2, 3, 4, 0, 0}) == "");
  CHECK(padded("-1, 1", "wrap", {2, 3, 4, 2}) == "");
  CHECK(padded("-2, -1", "edge", {3}) == "");
  CHECK(padded("-5, 2", "constant", {0}) == "");
}

TEST_CASE("pad: values, axes, types, layouts") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c) {
    %x = const str[1, 2] {"a", "b"} %p = const i64[2] {1, 0} %v = const str[] {"-"} %axes = const i32[1] {-1} %a = Pad(%x, %p, %v, %axes)
    %q = const i4[3] {1, -2, 3} %w = const i4[] {-1} %b = Pad(%q, %p, %w) %t = const bool[1] {true} %c = Pad(%t, %p) })");
  CHECK(difference(y[0], Tensor::of<std::string>({1, 3}, {"-", "a", "b"})) == "");
  CHECK(static_cast<const std::uint8_t*>(y[1].data())[0] == 0x1f);
  CHECK(static_cast<const std::uint8_t*>(y[1].data())[1] == 0x3e);
  CHECK(difference(y[2], Tensor::of<bool>({2}, {false, true})) == "");
  for (const char* mode : {"constant", "edge", "reflect", "wrap"}) {
    check_on_every_backend(std::string("graph(%x: f32[2, 3, 4, 5]@channels_last) -> (%y) { %p = const i64[8] {0, 0, 1, 2, 0, 1, 3, 0} %y = Pad(%x, %p) {mode = \"") + mode + "\"} }");
  }
}

TEST_CASE("pad: symbolic shapes, errors, attributes of old opsets") {
  CHECK(types_of("graph(%x: f32[N, 3, H, W]@channels_last) -> (%y) { %p = const i64[8] {0, 0, 1, 2, 0, 1, 3, -1} %y = Pad(%x, %p) }") ==
        "f32[N, 4, H + 4, W + 1]@channels_last");
  CHECK(types_of("graph(%x: f32[N, 3], %p: i64[4]) -> (%y) { %y = Pad(%x, %p) }") == "f32[_s0, _s1]");
  CHECK(error_of("graph(%x: f32[2, 3]) -> (%y) { %p = const i64[2] {1, 1} %y = Pad(%x, %p) }").find("2 pads for rank 2, want 4") != std::string::npos);
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %p = const i64[2] {-2, -1} %y = Pad(%x, %p) }").find("dimension 0 of size 2 becomes -1") != std::string::npos);
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %p = const i64[2] {1, 1} %y = Pad(%x, %p) {mode = \"mirror\"} }").find("mode = \"mirror\"") != std::string::npos);
  CHECK(run_error_of("graph() -> (%y) { %x = const f32[0] {} %p = const i64[2] {1, 1} %y = Pad(%x, %p) {mode = \"edge\"} }").find("nothing to repeat") !=
        std::string::npos);
  CHECK(upgraded("Pad", 2, {"f32[2]"}, {{"pads", Ints{1, 0}}, {"value", 2.0f}}) == "%1 = const i64[2] {1, 0} %2 = const f32[] {2} %0 = Pad(%x0, %1, %2)");
  CHECK(upgraded("Pad", 1, {"f32[2]"}, {{"paddings", Ints{1, 0}}, {"mode", std::string("edge")}}) ==
        "%1 = const i64[2] {1, 0} %0 = Pad(%x0, %1) {mode = \"edge\"}");
}

TEST_CASE("depth_to_space: both orders, and back") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %x = const i32[1, 8, 1, 1] {0, 1, 2, 3, 4, 5, 6, 7}
    %a = DepthToSpace(%x) {blocksize = 2} %b = DepthToSpace(%x) {blocksize = 2, mode = "CRD"}
    %c = SpaceToDepth(%a) {blocksize = 2} %d = SpaceToDepth(%b) {blocksize = 2, mode = "CRD"} })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({1, 2, 2, 2}, {0, 2, 4, 6, 1, 3, 5, 7})) == "");
  CHECK(difference(y[1], Tensor::of<std::int32_t>({1, 2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7})) == "");
  const Tensor x = Tensor::of<std::int32_t>({1, 8, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(difference(y[2], x) == "");
  CHECK(difference(y[3], x) == "");
  for (const char* mode : {"DCR", "CRD"}) {
    check_on_every_backend(std::string("graph(%x: f32[2, 12, 2, 3]) -> (%y, %z) { %y = DepthToSpace(%x) {blocksize = 2, mode = \"") + mode +
                           "\"} %z = SpaceToDepth(%y) {blocksize = 2, mode = \"" + mode + "\"} }");
  }
  CHECK(types_of("graph(%x: f32[N, 12, H, W]) -> (%y, %z) { %y = DepthToSpace(%x) {blocksize = 2} %z = SpaceToDepth(%y) {blocksize = 2} }") ==
        "f32[N, 3, 2*H, 2*W]; f32[N, 12, H, W]");
  CHECK(error_of("graph(%x: f32[1, 6, 2, 2]) -> (%y) { %y = DepthToSpace(%x) {blocksize = 2} }").find("6 is not divisible by 4") != std::string::npos);
  CHECK(error_of("graph(%x: f32[1, 4, 2, 2]) -> (%y) { %y = DepthToSpace(%x) {blocksize = 0} }").find("blocksize = 0") != std::string::npos);
}

TEST_CASE("triangle: upper and lower, diagonals, ones") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %x = const i32[2, 3] {1, 2, 3, 4, 5, 6} %k = const i64[] {1} %a = Trilu(%x) %b = Trilu(%x, %k) {upper = 0}
    %c = EyeLike(%x) {k = 1, dtype = 1} %m = const i64[] {-9223372036854775807} %d = Trilu(%x, %m) })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({2, 3}, {1, 2, 3, 0, 5, 6})) == "");
  CHECK(difference(y[1], Tensor::of<std::int32_t>({2, 3}, {1, 2, 0, 4, 5, 6})) == "");
  CHECK(difference(y[2], Tensor::of<float>({2, 3}, {0, 1, 0, 0, 0, 1})) == "");
  CHECK(difference(y[3], Tensor::of<std::int32_t>({2, 3}, {1, 2, 3, 4, 5, 6})) == "");
  check_on_every_backend("graph(%x: bool[2, 4, 4]) -> (%y) { %y = Trilu(%x) {upper = 0} }");
  CHECK(types_of("graph(%x: f32[N, S, S], %i: i8[N, 3]) -> (%y, %z) { %y = Trilu(%x) %z = EyeLike(%i) }") == "f32[N, S, S]; i8[N, 3]");
  CHECK(error_of("graph(%x: f32[3]) -> (%y) { %y = Trilu(%x) }").find("want at least 2") != std::string::npos);
}

TEST_CASE("center_crop_pad: around the centre") {
  const auto y = results_of(R"(graph() -> (%a, %b) {
    %x = const i32[5] {1, 2, 3, 4, 5} %n = const i64[1] {2} %a = CenterCropPad(%x, %n)
    %m = const i32[2, 2] {1, 2, 3, 4} %s = const i64[1] {5} %b = CenterCropPad(%m, %s) {axes = [-1]} })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({2}, {2, 3})) == "");
  CHECK(difference(y[1], Tensor::of<std::int32_t>({2, 5}, {0, 1, 2, 0, 0, 0, 3, 4, 0, 0})) == "");
  CHECK(types_of("graph(%x: f32[N, 3]) -> (%y) { %n = const i64[2] {4, 5} %y = CenterCropPad(%x, %n) }") == "f32[4, 5]");
}

TEST_CASE("tile, split, center_crop_pad: numbers that are not a vector are errors") {
  for (const std::string name : {"Tile", "Split", "CenterCropPad"}) {
    CHECK(error_of("graph(%x: f32[1, 1], %n: i64[1, 1]) -> (%y) { %y = " + name + "(%x, %n) }").find("rank 2") != std::string::npos);
  }
  CHECK(error_of("graph(%x: f32[2, 2]) -> (%y) { %n = const i64[1] {1} %y = CenterCropPad(%x, %n) }").find("1 sizes for 2 axes") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
