#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"
#include "tests/support/op_text.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

Tensor joined(std::string_view attributes, const Tensor& sequence) {
  const Graph g = parse_graph("graph(%s: seq(f32[...])) -> (%y) { %y = ConcatFromSequence(%s) {" + std::string(attributes) + "} }");
  return run_graph_reference(g, std::vector{sequence})[0];
}

TEST_CASE("concat from sequence: along an axis of the elements, or a new one") {
  const Tensor a = f32({1, 2}, {1, 2}), b = f32({2, 2}, {3, 4, 5, 6}), c = f32({1, 2}, {7, 8});
  check_tensor(joined("axis = 0", Tensor::sequence({a, b})), f32({3, 2}, {1, 2, 3, 4, 5, 6}));
  check_tensor(joined("axis = -1", Tensor::sequence({a, c})), f32({1, 4}, {1, 2, 7, 8}));
  check_tensor(joined("axis = 0, new_axis = 1", Tensor::sequence({a, c})), f32({2, 1, 2}, {1, 2, 7, 8}));
  check_tensor(joined("axis = -1, new_axis = 1", Tensor::sequence({a, c})), f32({1, 2, 2}, {1, 7, 2, 8}));
  check_tensor(joined("axis = 0, new_axis = 1", Tensor::sequence({f32({}, {1}), f32({}, {2})})), f32({2}, {1, 2}));
}

TEST_CASE("concat from sequence: on every backend") {
  check_on_every_backend("graph(%a: f32[2, 1], %b: f32[2, 2]) -> (%y) { %s = SequenceConstruct(%a, %b)  %y = ConcatFromSequence(%s) {axis = 1} }",
                         {.tensors = {{"a", f32({2, 1}, {1, 2})}, {"b", f32({2, 2}, {3, 4, 5, 6})}}, .claimed_by = {"reference"},
                          .want = {{"y", f32({2, 3}, {1, 3, 4, 2, 5, 6})}}});
}

TEST_CASE("concat from sequence: types") {
  const auto type = [](std::string_view element, std::string_view attributes) {
    return types_of("graph(%s: seq(" + std::string(element) + ")) -> (%y) { %y = ConcatFromSequence(%s) {" + std::string(attributes) + "} }");
  };
  CHECK(type("f32[2, 3]", "axis = 0") == "f32[_s0, 3]");
  CHECK(type("f32[2, 3]", "axis = 1, new_axis = 1") == "f32[2, _s0, 3]");
  CHECK(type("f32[...]", "axis = 1") == "f32[...]");
}

TEST_CASE("concat from sequence: what can't be joined is named") {
  CHECK_THROWS_WITH_AS(joined("axis = 0", Tensor::sequence({})), doctest::Contains("the sequence is empty"), Error);
  CHECK_THROWS_WITH_AS(joined("axis = 0", Tensor::sequence({f32({2}, {1, 2}), f32({1, 1}, {1})})),
                       doctest::Contains("shapes [2] and [1, 1] can't be joined along axis 0"), Error);
  CHECK_THROWS_WITH_AS(joined("axis = 0, new_axis = 1", Tensor::sequence({f32({2}, {1, 2}), f32({1}, {1})})), doctest::Contains("can't be joined"), Error);
  CHECK(error_of("graph(%s: seq(f32[])) -> (%y) { %y = ConcatFromSequence(%s) {axis = 0} }").ends_with("the elements are scalars"));
  CHECK(error_of("graph(%s: seq(f32[2])) -> (%y) { %y = ConcatFromSequence(%s) {axis = 0, new_axis = 2} }").ends_with("want 0 or 1"));
}

}  // namespace
}  // namespace onnxrun::test
