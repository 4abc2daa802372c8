#include <doctest/doctest.h>

#include "engine/ir/infer.h"
#include "engine/ir/verify.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// Any node with subgraphs will do: its result has the type of the first subgraph's.
const OpDef kBranch = {.name = "Branch", .domain = kInternal, .inputs = {1, kVariadic}, .infer = [](InferContext& ctx) {
                         const Graph& body = *ctx.node().subgraphs[0].graph;
                         ctx.set(0, body.value(body.outputs[0].value).type);
                       }};

const Type kFour = Type::tensor(DType::kFloat32, Dims{4});
const Type kCondition = Type::tensor(DType::kBool, Dims{});

// graph t(%w, %x, %unread) -> (%r) { %r = Mul(%x, %w) }
Graph product() {
  Graph g;
  const ValueId w = g.add_input("w", kFour), x = g.add_input("x", kFour);
  g.add_input("unread", kFour);
  g.add_output("r", build(g, "Mul", {x, w}));
  return g;
}

// graph e(%w, %x, %unread) -> (%x) {}
Graph identity() {
  Graph g;
  g.add_input("w", kFour);
  const ValueId x = g.add_input("x", kFour);
  g.add_input("unread", kFour);
  g.add_output("x", x);
  return g;
}

struct Outer {
  Graph g;
  ValueId c, x;
  NodeId branch;
};

// %y = Branch(%c | %w, %x, %unread), where %w is a constant or not.
Outer outer(bool constant_w) {
  Outer o;
  o.c = o.g.add_input("c", kCondition);
  o.x = o.g.add_input("x", kFour);
  const ValueId w = constant_w ? o.g.add_constant(Tensor::of<float>({4}, {1, 2, 3, 4}), "w") : o.g.add_input("w", kFour);
  const ValueId unread = o.g.add_input("unread", kFour);
  o.branch = o.g.add_node(kBranch, {o.c, w, o.x, unread});
  o.g.node(o.branch).captures = 3;
  o.g.node(o.branch).subgraphs.emplace_back("then_branch", product());
  o.g.node(o.branch).subgraphs.emplace_back("else_branch", identity());
  infer_node(o.g, o.branch);
  o.g.add_output("y", output(o.g, o.branch));
  return o;
}

TEST_CASE("propagate_captures: subgraphs get captured constants, and captures that nobody reads go") {
  Outer o = outer(true);
  CHECK(propagate_captures(o.g, {}));
  o.g.remove_dead();
  verify(o.g);
  const Node& n = o.g.node(o.branch);
  CHECK(n.captures == 1);
  CHECK(n.inputs == std::vector<ValueId>{o.c, o.x});
  const Graph &then_branch = *n.subgraphs[0].graph, &else_branch = *n.subgraphs[1].graph;
  REQUIRE(then_branch.inputs.size() == 1);
  CHECK(then_branch.value(then_branch.inputs[0]).name == "x");
  const Node* mul = then_branch.producer(then_branch.outputs[0].value);
  REQUIRE(mul != nullptr);
  const Tensor* w = constant(then_branch, mul->inputs[1]);
  REQUIRE(w != nullptr);
  CHECK(w->view<float>()[3] == 4);
  REQUIRE(else_branch.inputs.size() == 1);
  CHECK(else_branch.outputs[0].value == else_branch.inputs[0]);
  CHECK(!propagate_captures(o.g, {}));
}

TEST_CASE("propagate_captures: captured values that a subgraph reads stay captured") {
  Outer o = outer(false);
  CHECK(propagate_captures(o.g, {}));
  verify(o.g);
  CHECK(o.g.node(o.branch).captures == 2);
  CHECK(o.g.node(o.branch).subgraphs[0].graph->inputs.size() == 2);
  CHECK(!propagate_captures(o.g, {}));
}

}  // namespace
}  // namespace onnxrun
