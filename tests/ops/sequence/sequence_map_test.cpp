#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"
#include "tests/support/op_text.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

TEST_CASE("sequence map: the body sees an element of each sequence, the tensors, and what it captures") {
  const Tensor a = f32({1}, {1}), b = f32({2}, {2, 3});
  check_on_every_backend(R"(graph(%s: seq(f32[N]), %t: seq(f32[N]), %x: f32[1], %w: f32[1]) -> (%sums, %shapes) {
    %sums, %shapes = SequenceMap(%s, %t, %x | %w) body { graph(%a, %b, %x, %w) -> (%r, %n) {
      %p = Add(%a, %b)  %q = Mul(%p, %x)  %r = Add(%q, %w)  %n = Shape(%a) } }
  })", {.tensors = {{"s", Tensor::sequence({a, b})}, {"t", Tensor::sequence({a, b})}, {"x", f32({1}, {10})}, {"w", f32({1}, {0.5f})}},
        .claimed_by = {"reference"},
        .want = {{"sums", Tensor::sequence({f32({1}, {20.5f}), f32({2}, {40.5f, 60.5f})})},
                 {"shapes", Tensor::sequence({i64({1}, {1}), i64({1}, {2})})}}});
}

TEST_CASE("sequence map: types of elements") {
  const auto type = [](std::string_view element) {
    return types_of("graph(%s: seq(" + std::string(element) + ")) -> (%y) { %y = SequenceMap(%s) body { graph(%a) -> (%r) { %r = Transpose(%a) } } }");
  };
  CHECK(type("f32[2, 3]") == "seq(f32[3, 2])");
  CHECK(type("f32[...]") == "seq(f32[...])");
}

TEST_CASE("sequence map: of an empty sequence, and of sequences of two lengths") {
  const Graph g = parse_graph("graph(%s: seq(f32[N]), %t: seq(f32[N])) -> (%y) { %y = SequenceMap(%s, %t) body { graph(%a, %b) -> (%r) { %r = Add(%a, %b) } } }");
  const Tensor none = Tensor::sequence({}), one = Tensor::sequence({f32({1}, {1})});
  CHECK(run_graph_reference(g, std::vector{none, none})[0].list().empty());
  CHECK_THROWS_WITH_AS(run_graph_reference(g, std::vector{one, none}), doctest::Contains("the sequences have 1 and 0 elements"), Error);
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %y = SequenceMap(%x) body { graph(%a) -> (%a) {} } }").ends_with("want seq(?)"));
}

}  // namespace
}  // namespace onnxrun::test
