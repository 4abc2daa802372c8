// Shape, Size, Constant, ConstantOfShape, Range.
#include <doctest/doctest.h>

#include "engine/base/half.h"
#include "onnxrun/error.h"
#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("shape: all of it or a part") {
  CHECK(types_of(R"(graph(%x: f32[N, 3, H]) -> (%a, %b, %c, %d, %e) { %a = Shape(%x) %b = Shape(%x) {start = 1} %c = Shape(%x) {end = -1}
    %d = Shape(%x) {start = -1, end = 9} %e = Shape(%x) {start = 2, end = 1} })") == "i64[3] = {N, 3, H}; i64[2] = {3, H}; i64[2] = {N, 3}; i64[1] = {H}; i64[0] = {}");
  CHECK(types_of("graph(%x: f32[N, 3], %y: f32[...]) -> (%a, %b, %c) { %a = Size(%x) %b = Size(%y) %c = Shape(%y) }") == "i64[] = {3*N}; i64[]; i64[_s0]");
  check_on_every_backend("graph(%x: f32[2, 0, 4]) -> (%a, %b, %c) { %a = Shape(%x) %b = Shape(%x) {start = -2} %c = Size(%x) }");
}

TEST_CASE("constant: every form becomes a constant of the graph") {
  CHECK(upgraded("Constant", 13, {}, {{"value", Tensor::of<float>({2}, {1, 2})}}) == "%0 = const f32[2] {1, 2}");
  CHECK(upgraded("Constant", 13, {}, {{"value_int", std::int64_t{3}}}) == "%0 = const i64[] {3}");
  CHECK(upgraded("Constant", 13, {}, {{"value_float", 0.5f}}) == "%0 = const f32[] {0.5}");
  CHECK(upgraded("Constant", 13, {}, {{"value_string", std::string("a")}}) == "%0 = const str[] {\"a\"}");
  CHECK(upgraded("Constant", 13, {}, {{"value_ints", Ints{3, 4}}}) == "%0 = const i64[2] {3, 4}");
  CHECK(upgraded("Constant", 13, {}, {{"value_floats", Floats{}}}) == "%0 = const f32[0] {}");
  CHECK(upgraded("Constant", 13, {}, {{"value_strings", Strings{"a", "b"}}}) == "%0 = const str[2] {\"a\", \"b\"}");
  CHECK_THROWS_WITH_AS(upgraded("Constant", 13, {}), "has 0 attributes, want one value", Error);
}

TEST_CASE("constant_of_shape: fills") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %s = const i64[2] {2, 1} %a = ConstantOfShape(%s) %b = ConstantOfShape(%s) {value = i32[1] {7}}
    %e = const i64[0] {} %c = ConstantOfShape(%e) {value = bool[1] {true}} %z = const i64[1] {3} %d = ConstantOfShape(%z) {value = i4[1] {-3}} })");
  CHECK(difference(y[0], Tensor::of<float>({2, 1}, {0, 0})).empty());
  CHECK(difference(y[1], Tensor::of<std::int32_t>({2, 1}, {7, 7})).empty());
  CHECK(difference(y[2], Tensor::of<bool>({}, {true})).empty());
  CHECK(static_cast<const std::uint8_t*>(y[3].data())[0] == 0xdd);
  CHECK(static_cast<const std::uint8_t*>(y[3].data())[1] == 0x0d);
  CHECK(types_of("graph(%x: f32[N, 3], %s: i64[2]) -> (%a, %b) { %n = Shape(%x) %a = ConstantOfShape(%n) %b = ConstantOfShape(%s) }") ==
        "f32[N, 3]; f32[_s0, _s1]");
  CHECK(types_of("graph() -> (%a) { %n = const i64[1] {2} %a = ConstantOfShape(%n) {value = i64[1] {5}} }") == "i64[2] = {5, 5}");
  CHECK(error_of("graph() -> (%a) { %n = const i64[1] {-2} %a = ConstantOfShape(%n) }").find("negative size") != std::string::npos);
  CHECK(error_of("graph() -> (%a) { %n = const i64[1] {2} %a = ConstantOfShape(%n) {value = f32[2] {1.0, 2.0}} }").find("value has 2 elements") !=
        std::string::npos);
}

TEST_CASE("range: every type, both directions, nothing") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e) {
    %i0 = const i32[] {10} %i1 = const i32[] {4} %i2 = const i32[] {-2} %a = Range(%i0, %i1, %i2)
    %f0 = const f32[] {1.0} %f1 = const f32[] {2.1} %f2 = const f32[] {0.5} %b = Range(%f0, %f1, %f2)
    %l0 = const i64[] {3} %l1 = const i64[] {9} %l2 = const i64[] {3} %c = Range(%l0, %l1, %l2) %d = Range(%l1, %l0, %l2)
    %h0 = const f16[] {2048.0} %h1 = const f16[] {2052.0} %h2 = const f16[] {1.0} %e = Range(%h0, %h1, %h2) })");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({3}, {10, 8, 6})).empty());
  CHECK(difference(y[1], Tensor::of<float>({3}, {1, 1.5f, 2})).empty());
  CHECK(difference(y[2], Tensor::of<std::int64_t>({2}, {3, 6})).empty());
  CHECK(y[3].size() == 0);
  CHECK(difference(y[4], Tensor::of<Float16>({4}, {Float16(2048), Float16(2048), Float16(2050), Float16(2052)})).empty());
}

TEST_CASE("range: shape arithmetic, errors") {
  CHECK(types_of(R"(graph(%x: f32[N, 3]) -> (%a, %b) { %s = Shape(%x) %k = const i64[] {0} %n = Gather(%s, %k) %one = const i64[] {1} %two = const i64[] {2}
    %a = Range(%k, %n, %one) %b = Range(%k, %two, %one) })") == "i64[N]; i64[2] = {0, 1}");
  CHECK(types_of("graph(%a: f32[], %b: f32[], %c: f32[]) -> (%y) { %y = Range(%a, %b, %c) }") == "f32[_s0]");
  CHECK(error_of("graph() -> (%y) { %a = const i64[] {1} %z = const i64[] {0} %y = Range(%a, %a, %z) }").find("delta is 0") != std::string::npos);
  CHECK(error_of("graph() -> (%y) { %a = const i64[] {1} %b = const f32[] {2.0} %y = Range(%a, %b, %a) }").find("want the same") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
