#include "engine/ir/infer.h"

#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "onnxrun/error.h"

namespace onnxrun {
namespace {

const Type kPlain = Type::tensor(DType::kFloat32, Dims{1, 2, 3, 4});
const Type kLast = Type::tensor(DType::kFloat32, Dims{1, 2, 3, 4}, Layout::kChannelsLast);

void same_as_first(InferContext& ctx) { ctx.set(0, ctx.dtype(0), ctx.in(0).shape); }

TEST_CASE("infer: element-wise operators keep a layout that their inputs agree on") {
  const OpDef add{.name = "Add", .inputs = {1, 3}, .infer = same_as_first, .traits = {.elementwise = true}};
  const auto layout = [&](std::vector<Type> types) {
    Graph g;
    std::vector<ValueId> inputs;
    for (const Type& t : types) inputs.push_back(g.add_input("", t));
    return g.value(build(g, add, inputs)).type.layout;
  };
  CHECK(layout({kPlain}) == Layout::kPlain);
  CHECK(layout({kLast}) == Layout::kChannelsLast);
  CHECK(layout({kLast, kLast}) == Layout::kChannelsLast);
  CHECK(layout({kLast, Type::tensor(DType::kFloat32, Dims{})}) == Layout::kChannelsLast);
}

TEST_CASE("infer: other operators make plain tensors") {
  const OpDef other{.name = "Other", .infer = same_as_first};
  Graph g;
  CHECK(g.value(build(g, other, {g.add_input("x", kLast)})).type.layout == Layout::kPlain);
}

TEST_CASE("infer: an operator without a rule leaves types alone") {
  const OpDef mystery{.name = "Mystery"};
  Graph g;
  const NodeId n = g.add_node(mystery, {g.add_input("x", kPlain)});
  g.value(g.node(n).outputs[0]).type = kLast;
  infer_graph(g);
  CHECK(g.value(g.node(n).outputs[0]).type == kLast);
}

TEST_CASE("infer: arity and required attributes are checked") {
  const OpDef def{.name = "Def", .inputs = {1, 2}, .attributes = {{"to", std::nullopt, true}}};
  Graph g;
  const ValueId x = g.add_input("x", kPlain);
  const auto error = [&](std::vector<ValueId> inputs, Attributes attrs) -> std::string {
    try {
      infer_node(g, g.add_node(def, std::move(inputs), std::move(attrs), 1, "n"));
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kBadModel);
      return e.what();
    }
    return "";
  };
  const Attributes to{{"to", std::int64_t{1}}};
  CHECK(error({x}, to).empty());
  CHECK(error({x, ValueId::kNone}, to).empty());
  CHECK(error({}, to) == "Def node n: has 0 inputs, want 1 to 2");
  CHECK(error({x, x, x}, to) == "Def node n: has 3 inputs, want 1 to 2");
  CHECK(error({ValueId::kNone}, to) == "Def node n: input 0 is missing");
  CHECK(error({x}, {}) == "Def node n: attribute to is missing");
}

TEST_CASE("infer: contents of an earlier inference do not stay") {
  const OpDef shape{.name = "Contents", .infer = [](InferContext& ctx) {
                      ctx.set(0, DType::kInt64, Dims{1});
                      if (ctx.has_shape(0)) ctx.set_contents(0, {ctx.shape(0)[0]});
                    }};
  Graph g;
  const ValueId x = g.add_input("x", kPlain);
  const NodeId n = g.add_node(shape, {x});
  infer_node(g, n);
  const ValueId y = g.node(n).outputs[0];
  CHECK(g.value(y).contents->at(0).is(1));
  g.value(x).type.shape.reset();
  infer_node(g, n);
  CHECK(!g.value(y).contents);
}

TEST_CASE("infer: setting outputs that nobody wants is harmless") {
  const OpDef two{.name = "Two", .outputs = {1, 3}, .infer = [](InferContext& ctx) {
                    for (int i = 0; i < 3; ++i) {
                      ctx.set(i, DType::kInt64, Dims{1});
                      ctx.set_contents(i, {Dim(1)});
                    }
                  }};
  Graph g;
  const NodeId n = g.add_node(two, {g.add_input("x", kPlain)}, {}, 2);
  g.drop_output(n, 0);
  infer_node(g, n);
  CHECK(g.value(g.node(n).outputs[1]).type.str() == "i64[1]");
}

TEST_CASE("infer: messages name a node by what there is") {
  Graph g = parse_graph("graph(%x: f32[2]) -> (%z) { %y = Relu(%x) %z = Relu(%y) \"named\" }");
  CHECK(node_label(g, NodeId{0}) == "Relu node making y");
  CHECK(node_label(g, NodeId{1}) == "Relu node named");
  g.value(g.find_value("y")).name.clear();
  CHECK(node_label(g, NodeId{0}) == "Relu node #0");
}

}  // namespace
}  // namespace onnxrun
