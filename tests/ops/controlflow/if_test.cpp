#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "onnxrun/error.h"
#include "tests/support/check_backends.h"
#include "tests/support/check_pass.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

std::string graph(std::string_view then_branch, std::string_view else_branch) {
  return "graph(%c: bool[], %x: f32[2, N]) -> (%y) {\n  %y = If(%c | %x) then_branch { graph(%a: f32[...]) -> (%r) { " + std::string(then_branch) +
         " } } else_branch { graph(%b) -> (%r) { " + std::string(else_branch) + " } }\n}\n";
}

TEST_CASE("if: the condition chooses the branch, captures reach it") {
  const std::string text = "graph(%c: bool[1], %x: f32[3]) -> (%y, %z) { %w = Exp(%x)  %y, %z = If(%c | %x, %w) then_branch { graph(%a, %b) -> (%r, %b) "
                           "{ %r = Neg(%a) } } else_branch { graph(%a, %b) -> (%r, %a) { %r = Add(%a, %b) } } }";
  const Tensor x = Tensor::of<float>({3}, {0, 0, 0});
  check_on_every_backend(text, {.tensors = {{"c", Tensor::of<bool>({1}, {true})}, {"x", x}}, .claimed_by = {"reference"},
                                .want = {{"y", x}, {"z", Tensor::of<float>({3}, {1, 1, 1})}}});
  check_on_every_backend(text, {.tensors = {{"c", Tensor::of<bool>({1}, {false})}, {"x", x}},
                                .want = {{"y", Tensor::of<float>({3}, {1, 1, 1})}, {"z", x}}});
}

TEST_CASE("if: a branch may have constants only, and shapes of its own") {
  const std::string text = "graph(%c: bool[]) -> (%y) { %y = If(%c) then_branch { graph() -> (%r) { %r = const f32[2] {1, 2} } } "
                           "else_branch { graph() -> (%r) { %r = const f32[3] {1, 2, 3} } } }";
  CHECK(verified_types(text) == "f32[?]");
  check_on_every_backend(text, {.tensors = {{"c", Tensor::of<bool>({}, {true})}}, .want = {{"y", Tensor::of<float>({2}, {1, 2})}}});
  check_on_every_backend(text, {.tensors = {{"c", Tensor::of<bool>({}, {false})}}, .want = {{"y", Tensor::of<float>({3}, {1, 2, 3})}}});
}

TEST_CASE("if: branches within branches") {
  check_on_every_backend(R"(graph(%c: bool[], %d: bool[], %x: f32[2]) -> (%y) {
    %y = If(%c | %d, %x) then_branch { graph(%d, %x) -> (%r) {
        %r = If(%d | %x) then_branch { graph(%x) -> (%q) { %q = Neg(%x) } } else_branch { graph(%x) -> (%q) { %q = Exp(%x) } }
      } } else_branch { graph(%d, %x) -> (%x) {} }
  })", {.tensors = {{"c", Tensor::of<bool>({}, {true})}, {"d", Tensor::of<bool>({}, {true})}, {"x", Tensor::of<float>({2}, {1, -2})}},
        .want = {{"y", Tensor::of<float>({2}, {-1, 2})}}});
}

TEST_CASE("if: types of both branches become one") {
  CHECK(verified_types(graph("%r = Neg(%a)", "%r = Exp(%b)")) == "f32[2, N]");
  CHECK(verified_types(graph("%r = Neg(%a)", "%r = Transpose(%b)")) == "f32[?, ?]");
  CHECK(verified_types(graph("%r = Neg(%a)", "%s = const i64[1] {-1} %r = Reshape(%b, %s)")) == "f32[...]");
  CHECK(verified_types(graph("%r = Neg(%a)", "%r = const f32[2, 5] fill(0)")) == "f32[2, ?]");
}

TEST_CASE("if: a constant condition decides the type") {
  CHECK(verified_types("graph() -> (%y) { %c = const bool[] {false} %y = If(%c) then_branch { graph() -> (%r) { %r = const f32[2] {1, 2} } } "
                "else_branch { graph() -> (%r) { %r = const i8[3] {1, 2, 3} } } }") == "i8[3]");
}

TEST_CASE("if: captures bring their contents for shape arithmetic") {
  CHECK(verified_types("graph(%c: bool[], %x: f32[N, 6]) -> (%y) { %s = Shape(%x) %y = If(%c | %x, %s) then_branch { graph(%a, %s) -> (%r) { %r = Reshape(%a, %s) } } "
                "else_branch { graph(%b, %s) -> (%r) { %r = Neg(%b) } } }") == "f32[N, 6]");
}

TEST_CASE("if: captured channels-last values are plain inside") {
  const std::string text = "graph(%c: bool[], %x: f32[1, 2, 3]@channels_last) -> (%y) { %y = If(%c | %x) then_branch { graph(%a) -> (%r) { %r = Neg(%a) } } "
                           "else_branch { graph(%b) -> (%b) {} } }";
  CHECK(verified_types(text) == "f32[1, 2, 3]");
  check_on_every_backend(text, {.tensors = {{"c", Tensor::of<bool>({}, {true})}}});
}

TEST_CASE("if: a branch that can't run with these shapes leaves its outputs to the other") {
  const std::string impossible = "%r = onnxrun.Impossible() {why = \"too short\"}";
  CHECK(verified_types(graph("%r = Neg(%a)", impossible)) == "f32[2, N]");
  CHECK(verified_types(graph(impossible, "%r = Neg(%b)")) == "f32[2, N]");
  CHECK_THROWS_WITH_AS(parse_graph(graph(impossible, impossible)),
                       "text 2:8: If node making y: neither branch can run: too short; too short", Error);
  const Graph g = parse_graph("graph(%c: bool[], %x: f32[2]) -> (%y) { %y = If(%c | %x) then_branch { graph(%a) -> (%r) { " + impossible +
                              " } } else_branch { graph(%b) -> (%r) { %r = Neg(%b) } } }");
  const Tensor x = Tensor::of<float>({2}, {1, 2});
  CHECK(run_graph_reference(g, std::vector{Tensor::of<bool>({}, {false}), x})[0].view<float>()[1] == -2);
  CHECK_THROWS_WITH_AS(run_graph_reference(g, std::vector{Tensor::of<bool>({}, {true}), x}), doctest::Contains("too short"), Error);
}

TEST_CASE("if: a constant condition makes the errors of the other branch nobody's") {
  const auto text = [](std::string_view condition) {
    return "graph(%x: f32[2, 3]) -> (%y) { %c = const bool[] {" + std::string(condition) +
           "} %y = If(%c | %x) then_branch { graph(%a) -> (%r) { %r = MatMul(%a, %a) } } else_branch { graph(%b) -> (%r) { %r = Neg(%b) } } }";
  };
  CHECK(parse_graph(text("false")).node(NodeId{0}).outputs.size() == 1);
  CHECK_THROWS_WITH_AS(parse_graph(text("true")), doctest::Contains("then_branch: MatMul node making r: shapes [2, 3] and [2, 3]"), Error);
}

TEST_CASE("if: a branch made for other shapes is in nobody's way until it is taken") {
  const Graph g = parse_graph(
      "graph(%c: bool[], %x: f32[2, 3]) -> (%y) { %y = If(%c | %x) then_branch { graph(%a) -> (%r) { %r = MatMul(%a, %a) } } else_branch "
      "{ graph(%b) -> (%r) { %r = Neg(%b) } } }");
  const Tensor x = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(run_graph_reference(g, std::vector{Tensor::of<bool>({}, {false}), x})[0].view<float>()[5] == -6);
  CHECK_THROWS_WITH_AS(run_graph_reference(g, std::vector{Tensor::of<bool>({}, {true}), x}), doctest::Contains("shapes [2, 3] and [2, 3]"), Error);
}

TEST_CASE("if: what is wrong is named") {
  CHECK_THROWS_WITH_AS(parse_graph("graph(%c: bool[]) -> (%y) { %y = If(%c) then_branch { graph() -> () {} } }"),
                       "text 1:34: If node making y: the graph else_branch is missing", Error);
  CHECK_THROWS_WITH_AS(parse_graph(graph("%r = Neg(%a)", "%r = const i64[1] {1}")),
                       "text 2:8: If node making y: the types f32[2, N] and i64[1] can't be one", Error);
  CHECK_THROWS_WITH_AS(parse_graph("graph(%c: bool[]) -> (%y) { %y = If(%c | %c) then_branch { graph() -> () {} } else_branch { graph() -> () {} } }"),
                       doctest::Contains("then_branch: the graph has 0 inputs, want 0 and 1 captures"), Error);
  CHECK_THROWS_WITH_AS(parse_graph("graph(%c: bool[]) -> (%y) { %y = If(%c) then_branch { graph() -> () {} } else_branch { graph() -> () {} } }"),
                       "text 1:34: If node making y: has 1 outputs, the branches 0", Error);
}

TEST_CASE("if: branches may give sequences and optionals") {
  const std::string text = R"(graph(%c: bool[], %s: seq(f32[N])) -> (%y, %o) {
    %y, %o = If(%c | %s) then_branch { graph(%a) -> (%a, %p) { %p = Optional(%a) } }
                         else_branch { graph(%b) -> (%t, %q) { %x = const f32[2] {1, 2}  %t = SequenceInsert(%b, %x)  %q = Optional() {type = type(seq(f32[N]))} } }
  })";
  CHECK(verified_types(text) == "seq(f32[?]), optional(seq(f32[N]))");
  const Tensor s = Tensor::sequence({Tensor::of<float>({1}, {5})}), longer = Tensor::sequence({s.list()[0], Tensor::of<float>({2}, {1, 2})});
  check_on_every_backend(text, {.tensors = {{"c", Tensor::of<bool>({}, {true})}, {"s", s}}, .want = {{"y", s}, {"o", Tensor::optional(s)}}});
  check_on_every_backend(text, {.tensors = {{"c", Tensor::of<bool>({}, {false})}, {"s", s}}, .want = {{"y", longer}, {"o", Tensor::optional()}}});
}

}  // namespace
}  // namespace onnxrun::test
