#include <doctest/doctest.h>

#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"
#include "tests/support/op_text.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

TEST_CASE("sequence construct: the inputs in order, as copies of their own") {
  const Tensor a = f32({2}, {1, 2}), b = f32({3}, {3, 4, 5});
  check_on_every_backend("graph(%a: f32[2], %b: f32[3]) -> (%s) { %s = SequenceConstruct(%a, %b, %a) }",
                         {.tensors = {{"a", a}, {"b", b}}, .claimed_by = {"reference"}, .want = {{"s", Tensor::sequence({a, b, a})}}});
  const Tensor words = strings({2}, {"x", "yy"});
  check_on_every_backend("graph(%a: str[2]) -> (%s) { %s = SequenceConstruct(%a) }",
                         {.tensors = {{"a", words}}, .want = {{"s", Tensor::sequence({words})}}});
}

TEST_CASE("sequence construct: the element type is what all inputs share") {
  CHECK(types_of("graph(%a: f32[2, N], %b: f32[2, N]) -> (%s) { %s = SequenceConstruct(%a, %b) }") == "seq(f32[2, N])");
  CHECK(types_of("graph(%a: f32[2, 3], %b: f32[2, 4]) -> (%s) { %s = SequenceConstruct(%a, %b) }").starts_with("seq(f32[2, _s"));
  CHECK(types_of("graph(%a: f32[2], %b: f32[2, 4]) -> (%s) { %s = SequenceConstruct(%a, %b) }") == "seq(f32[...])");
  CHECK(types_of("graph(%a: f32[1, 4, 4]@channels_last) -> (%s) { %s = SequenceConstruct(%a) }") == "seq(f32[1, 4, 4])");
  CHECK(error_of("graph(%a: f32[2], %b: i64[2]) -> (%s) { %s = SequenceConstruct(%a, %b) }").ends_with("the types f32[2] and i64[2] can't be one"));
  CHECK(error_of("graph(%a: seq(f32[2])) -> (%s) { %s = SequenceConstruct(%a) }").ends_with("input 0 is seq(f32[2]), want a tensor"));
}

TEST_CASE("sequence empty: of floats by default") {
  CHECK(types_of("graph() -> (%s, %t) { %s = SequenceEmpty()  %t = SequenceEmpty() {dtype = 7} }") == "seq(f32[...]); seq(i64[...])");
  CHECK(results_of("graph() -> (%s) { %s = SequenceEmpty() }")[0].list().empty());
  CHECK(error_of("graph() -> (%s) { %s = SequenceEmpty() {dtype = 99} }").find("not an element type") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
