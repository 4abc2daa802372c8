#include <doctest/doctest.h>

#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("compare: values, NaN compares false") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d, %e) {
    %x = const f32[3] {1.0, nan, 3.0} %y = const f32[2, 1] {1.0, 2.0}
    %a = Equal(%x, %y) %b = Less(%x, %y) %c = LessOrEqual(%x, %y) %d = Greater(%x, %y) %e = GreaterOrEqual(%x, %y) })");
  CHECK(difference(y[0], Tensor::of<bool>({2, 3}, {true, false, false, false, false, false})).empty());
  CHECK(difference(y[1], Tensor::of<bool>({2, 3}, {false, false, false, true, false, false})).empty());
  CHECK(difference(y[2], Tensor::of<bool>({2, 3}, {true, false, false, true, false, false})).empty());
  CHECK(difference(y[3], Tensor::of<bool>({2, 3}, {false, false, true, false, false, true})).empty());
  CHECK(difference(y[4], Tensor::of<bool>({2, 3}, {true, false, true, false, false, true})).empty());
}

TEST_CASE("compare: strings, bools, every number type") {
  const auto y = results_of(R"(graph() -> (%a, %b) {
    %x = const str[2] {"a", "bc"} %y = const str[1] {"bc"} %a = Equal(%x, %y)
    %p = const bool[2] {true, false} %q = const bool[1] {false} %b = Equal(%p, %q) })");
  CHECK(difference(y[0], Tensor::of<bool>({2}, {false, true})).empty());
  CHECK(difference(y[1], Tensor::of<bool>({2}, {false, true})).empty());
  for (const char* type : {"f32", "f64", "f16", "bf16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"}) {
    const std::string t = type;
    check_on_every_backend("graph(%x: " + t + "[2, 1, 3], %y: " + t + "[4, 1]) -> (%a, %b, %c) { %a = Equal(%x, %y) %b = Less(%x, %y) %c = GreaterOrEqual(%x, %y) }");
  }
}

TEST_CASE("compare: shape arithmetic knows that sizes are not negative") {
  const char* text = R"(graph(%x: f32[N, 6]) -> (%a, %b, %c) {
    %s = Shape(%x) %open = const i64[1] {-1} %six = const i64[2] {0, 6}
    %a = Equal(%s, %open) %b = GreaterOrEqual(%s, %six) %c = Equal(%s, %six) })";
  CHECK(types_of(text) == "bool[2] = {0, 0}; bool[2] = {1, 1}; bool[2]");
  // How PyTorch exports expand(): -1 stands for the input's own size.
  const char* expand = R"(graph(%x: f32[1, N], %b: f32[B]) -> (%y) {
    %n = Shape(%b) %open = const i64[1] {-1} %wanted = Concat(%n, %open) {axis = 0}
    %len = const i64[1] {2} %ones = ConstantOfShape(%len) {value = i64[1] {1}}
    %minus = const i64[1] {-1} %mask = Equal(%wanted, %minus)
    %shape = Where(%mask, %ones, %wanted) %y = Expand(%x, %shape) })";
  CHECK(types_of(expand) == "f32[B, N]");
}

TEST_CASE("logical: tables") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %x = const bool[2] {true, false} %y = const bool[2, 1] {true, false}
    %a = And(%x, %y) %b = Or(%x, %y) %c = Xor(%x, %y) %d = Not(%x) })");
  CHECK(difference(y[0], Tensor::of<bool>({2, 2}, {true, false, false, false})).empty());
  CHECK(difference(y[1], Tensor::of<bool>({2, 2}, {true, true, true, false})).empty());
  CHECK(difference(y[2], Tensor::of<bool>({2, 2}, {false, true, true, false})).empty());
  CHECK(difference(y[3], Tensor::of<bool>({2}, {false, true})).empty());
  check_on_every_backend("graph(%x: bool[2, 3], %y: bool[3]) -> (%a, %b, %c, %d) { %a = And(%x, %y) %b = Or(%x, %y) %c = Xor(%x, %y) %d = Not(%x) }");
  CHECK(error_of("graph(%x: bool[2], %y: i32[2]) -> (%z) { %z = And(%x, %y) }").find("input 1 has element type i32, want bool") != std::string::npos);
  CHECK(error_of("graph(%x: u8[2]) -> (%z) { %z = Not(%x) }").find("want bool") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
