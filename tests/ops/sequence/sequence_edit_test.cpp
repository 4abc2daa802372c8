#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"
#include "tests/support/op_text.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

Tensor three() { return Tensor::sequence({f32({1}, {1}), f32({2}, {2, 2}), f32({3}, {3, 3, 3})}); }

// The output %y of a node on the sequence %s and the position %p.
Tensor edited(std::string_view node, std::int64_t position, const Tensor& sequence = three()) {
  const Graph g = parse_graph("graph(%s: seq(f32[N]), %p: i64[], %x: f32[1]) -> (%y) { %y = " + std::string(node) + " }");
  return run_graph_reference(g, std::vector{sequence, i64({}, {position}), f32({1}, {9})})[0];
}

std::vector<std::int64_t> sizes(const Tensor& sequence) {
  std::vector<std::int64_t> out;
  for (const Tensor& t : sequence.list()) out.push_back(t.view<float>()[0] == 9 ? 9 : t.size());
  return out;
}

using Sizes = std::vector<std::int64_t>;

TEST_CASE("sequence insert: before the position, at the end without one") {
  CHECK(sizes(edited("SequenceInsert(%s, %x)", 0)) == Sizes{1, 2, 3, 9});
  CHECK(sizes(edited("SequenceInsert(%s, %x, %p)", 0)) == Sizes{9, 1, 2, 3});
  CHECK(sizes(edited("SequenceInsert(%s, %x, %p)", 3)) == Sizes{1, 2, 3, 9});
  CHECK(sizes(edited("SequenceInsert(%s, %x, %p)", -1)) == Sizes{1, 2, 9, 3});
  CHECK(sizes(edited("SequenceInsert(%s, %x)", 0, Tensor::sequence({}))) == Sizes{9});
  CHECK_THROWS_WITH_AS(edited("SequenceInsert(%s, %x, %p)", 4), doctest::Contains("position 4 is outside a sequence of 3"), Error);
}

TEST_CASE("sequence erase: the element at the position, the last one without") {
  CHECK(sizes(edited("SequenceErase(%s)", 0)) == Sizes{1, 2});
  CHECK(sizes(edited("SequenceErase(%s, %p)", 0)) == Sizes{2, 3});
  CHECK(sizes(edited("SequenceErase(%s, %p)", -2)) == Sizes{1, 3});
  CHECK_THROWS_WITH_AS(edited("SequenceErase(%s, %p)", 3), doctest::Contains("outside a sequence of 3"), Error);
  CHECK_THROWS_WITH_AS(edited("SequenceErase(%s)", 0, Tensor::sequence({})), doctest::Contains("outside a sequence of 0"), Error);
}

TEST_CASE("sequence at, length") {
  check_tensor(edited("SequenceAt(%s, %p)", 1), f32({2}, {2, 2}));
  check_tensor(edited("SequenceAt(%s, %p)", -1), f32({3}, {3, 3, 3}));
  check_tensor(edited("SequenceLength(%s)", 0), i64({}, {3}));
  CHECK_THROWS_WITH_AS(edited("SequenceAt(%s, %p)", -4), doctest::Contains("position -4 is outside"), Error);
}

TEST_CASE("sequence at: an element of known shape, and kernels of every backend behind it") {
  const Tensor a = f32({2, 2}, {1, -2, 3, -4});
  check_on_every_backend("graph(%s: seq(f32[2, 2]), %p: i32[1]) -> (%y) { %x = SequenceAt(%s, %p)  %y = Relu(%x) }",
                         {.tensors = {{"s", Tensor::sequence({a, f32({2, 2}, {0, 0, 0, 0})})}, {"p", i32({1}, {0})}},
                          .want = {{"y", f32({2, 2}, {1, 0, 3, 0})}}});
}

TEST_CASE("sequence operators: types") {
  CHECK(types_of("graph(%s: seq(f32[2, N]), %x: f32[2, N]) -> (%t) { %t = SequenceInsert(%s, %x) }").starts_with("seq(f32[2, _s"));
  CHECK(types_of("graph(%s: seq(f32[2, 3]), %x: f32[2, 3]) -> (%t) { %t = SequenceInsert(%s, %x) }") == "seq(f32[2, 3])");
  CHECK(types_of("graph(%s: seq(f32[N])) -> (%t) { %t = SequenceErase(%s) }") == "seq(f32[N])");
  CHECK(types_of("graph(%s: seq(f32[N])) -> (%t) { %t = SequenceLength(%s) }") == "i64[]");
  // Elements differ in what they call N.
  CHECK(types_of("graph(%s: seq(f32[N]), %p: i64[]) -> (%a) { %a = SequenceAt(%s, %p) }") == "f32[_s0]");
  CHECK(types_of("graph(%s: seq(map(str, f32[])), %p: i64[]) -> (%a) { %a = SequenceAt(%s, %p) }") == "map(str, f32[])");
  CHECK(error_of("graph(%s: seq(f32[2]), %x: i64[2]) -> (%t) { %t = SequenceInsert(%s, %x) }").ends_with("can't be one"));
  CHECK(error_of("graph(%x: f32[2]) -> (%t) { %t = SequenceErase(%x) }").ends_with("input 0 is f32[2], want seq(?)"));
  CHECK(error_of("graph(%s: seq(f32[2]), %p: f32[]) -> (%t) { %t = SequenceAt(%s, %p) }").ends_with("want i32 or i64"));
  CHECK(error_of("graph(%s: seq(f32[2])) -> (%t) { %t = Relu(%s) }").ends_with("input 0 is seq(f32[2]), want a tensor"));
}

}  // namespace
}  // namespace onnxrun::test
