#include "engine/ir/graph.h"

#include <doctest/doctest.h>

#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"
#include "engine/ir/text.h"
#include "engine/ir/verify.h"
#include "onnxrun/error.h"

namespace onnxrun {
namespace {

constexpr const char* kDiamond = R"(graph(%x: f32[2]) -> (%d) {
  %a = Relu(%x) "first"
  %b = Exp(%a) "left"
  %c = Relu(%a) "right"
  %d = Exp(%c) "last"
})";

NodeId node_named(const Graph& g, std::string_view name) {
  for (std::size_t i = 0; i < g.node_capacity(); ++i) {
    if (g.node(static_cast<NodeId>(i)).live && g.node(static_cast<NodeId>(i)).name == name) return static_cast<NodeId>(i);
  }
  return NodeId::kNone;
}

TEST_CASE("graph: users and producers") {
  const Graph g = parse_graph(kDiamond);
  const ValueId x = g.find_value("x"), a = g.find_value("a"), c = g.find_value("c"), d = g.find_value("d");
  CHECK(g.is_input(x));
  CHECK(!g.is_input(a));
  CHECK(g.is_output(d));
  CHECK(!g.is_output(a));
  CHECK(g.producer(x) == nullptr);
  CHECK(g.producer(ValueId::kNone) == nullptr);
  CHECK(g.producer(a)->name == "first");
  CHECK(g.use_count(a) == 2);
  CHECK(g.use_count(d) == 1);
  CHECK(g.sole_user(a) == NodeId::kNone);
  CHECK(g.sole_user(c) == node_named(g, "last"));
  CHECK(g.sole_user(d) == NodeId::kNone);
  CHECK(g.find_value("nobody") == ValueId::kNone);
  CHECK(g.live_nodes() == 4);
}

TEST_CASE("graph: an input that a node reads twice is used twice") {
  Graph g;
  const ValueId x = g.add_input("x", Type::tensor(DType::kFloat32, Dims{2}));
  const OpDef two{.name = "Two", .inputs = {2, 2}};
  const NodeId n = g.add_node(two, {x, x});
  CHECK(g.use_count(x) == 2);
  CHECK(g.sole_user(x) == NodeId::kNone);
  g.set_input(n, 0, ValueId::kNone);
  CHECK(g.use_count(x) == 1);
  g.resize_inputs(n, 3);
  CHECK(g.node(n).inputs[2] == ValueId::kNone);
  g.resize_inputs(n, 1);
  CHECK(g.use_count(x) == 0);
}

TEST_CASE("graph: schema defaults are filled in") {
  Graph g;
  const ValueId x = g.add_input("x", {});
  CHECK(g.node(g.add_node(op("Softmax"), {x})).attrs.i("axis") == -1);
  CHECK(g.node(g.add_node(op("Softmax"), {x}, {{"axis", std::int64_t{2}}})).attrs.i("axis") == 2);
}

TEST_CASE("graph: replace_uses moves every reader, graph outputs too") {
  Graph g = parse_graph(kDiamond);
  const ValueId a = g.find_value("a"), x = g.find_value("x"), d = g.find_value("d"), c = g.find_value("c");
  g.replace_uses(a, x);
  CHECK(g.use_count(a) == 0);
  CHECK(g.use_count(x) == 3);
  g.replace_uses(d, c);
  CHECK(g.outputs[0].value == c);
  CHECK(g.outputs[0].name == "d");
  g.replace_uses(c, c);
  g.remove_dead();
  verify(g);
  CHECK(g.live_nodes() == 1);
  CHECK(g.find_value("a") == ValueId::kNone);
}

TEST_CASE("graph: remove_dead keeps inputs and what outputs need") {
  Graph g = parse_graph(kDiamond);
  g.add_constant(Tensor::of<float>({1}, {1}), "unused");
  CHECK(g.remove_dead());
  CHECK(!g.remove_dead());
  CHECK(g.find_value("unused") == ValueId::kNone);
  CHECK(g.find_value("b") == ValueId::kNone);
  CHECK(g.live_nodes() == 3);
  g.outputs.clear();
  CHECK(g.remove_dead());
  CHECK(g.live_nodes() == 0);
  CHECK(g.find_value("x") != ValueId::kNone);
  verify(g);
}

TEST_CASE("graph: compact closes holes and sorts") {
  Graph g = parse_graph(kDiamond);
  const NodeId last = node_named(g, "last");
  // A producer that is younger than its reader.
  const NodeId young = g.add_node(op("Exp"), {g.find_value("a")}, {}, 1, "young");
  infer_node(g, young);
  g.set_input(last, 0, g.node(young).outputs[0]);
  g.remove_dead();
  const std::string before = print_graph(g);
  CHECK(g.node_capacity() == 5);
  g.compact();
  CHECK(g.node_capacity() == 3);
  CHECK(g.value_capacity() == 4);
  CHECK(g.node(NodeId{1}).name == "young");
  CHECK(print_graph(g) == before);
  verify(g);
}

TEST_CASE("graph: topological order finds cycles and takes deep graphs") {
  Graph g = parse_graph(kDiamond);
  g.set_input(node_named(g, "first"), 0, g.find_value("d"));
  CHECK_THROWS_AS(g.topological_order(), Error);
  CHECK(print_graph(g).find("cycle") != std::string::npos);

  Graph deep;
  ValueId v = deep.add_input("x", Type::tensor(DType::kFloat32, Dims{2}));
  for (int i = 0; i < 100000; ++i) v = deep.node(deep.add_node(op("Relu"), {v})).outputs[0];
  deep.add_output("y", v);
  CHECK(deep.topological_order().size() == 100000);
  CHECK(!deep.remove_dead());
}

TEST_CASE("graph: absent outputs") {
  const OpDef two{.name = "Two", .outputs = {1, 2}};
  Graph g;
  const ValueId x = g.add_input("x", Type::tensor(DType::kFloat32, Dims{2}));
  const NodeId n = g.add_node(two, {x}, {}, 2);
  g.add_output("y", g.node(n).outputs[1]);
  g.drop_output(n, 0);
  CHECK(g.node(n).outputs[0] == ValueId::kNone);
  CHECK(!g.remove_dead());
  g.compact();
  CHECK(g.value_capacity() == 2);
  verify(g);
  CHECK(print_graph(g) == "graph(%x: f32[2]) -> (%0 as \"y\") {\n  _, %0 = Two(%x)\n}\n");
}

TEST_CASE("graph: a copy shares nothing but the elements of constants") {
  Graph g = parse_graph("graph(%x: f32[1]) -> (%y) { %c = const f32[1] {1} %y = Relu(%x) }");
  Graph inner = g;
  g.node(NodeId{0}).subgraphs.emplace_back("body", std::move(inner));
  Graph copy = g;
  CHECK(copy.value(copy.find_value("c")).constant.data() == g.value(g.find_value("c")).constant.data());
  copy.node(NodeId{0}).subgraphs[0].graph->name = "changed";
  copy.node(NodeId{0}).name = "changed";
  CHECK(g.node(NodeId{0}).subgraphs[0].graph->name.empty());
  CHECK(g.node(NodeId{0}).name.empty());
}

TEST_CASE("graph: small integer constants know their contents") {
  Graph g;
  const auto contents = [&](Tensor t) { return g.value(g.add_constant(std::move(t))).contents; };
  CHECK(*contents(Tensor::of<std::int64_t>({2}, {3, -1})) == std::vector<Dim>{3, -1});
  CHECK(*contents(Tensor::of<std::int32_t>({}, {3})) == std::vector<Dim>{3});
  CHECK(!contents(Tensor::of<std::int64_t>({1, 1}, {3})));
  CHECK(!contents(Tensor::of<float>({1}, {3})));
  CHECK(!contents(Tensor(DType::kInt64, {65})));
}

TEST_CASE("graph: fresh symbols are those that no input has") {
  Graph g;
  CHECK(g.fresh_symbol() == Dim::symbol("_s0"));
  g.add_input("x", Type::tensor(DType::kFloat32, Dims{Dim::symbol("_s4") + 1, Dim::symbol("_sx")}));
  CHECK(g.fresh_symbol() == Dim::symbol("_s5"));
  CHECK(is_fresh_symbol("_s0"));
  CHECK(!is_fresh_symbol("_s"));
  CHECK(!is_fresh_symbol("_s1a"));
  CHECK(!is_fresh_symbol("N"));
}

}  // namespace
}  // namespace onnxrun
