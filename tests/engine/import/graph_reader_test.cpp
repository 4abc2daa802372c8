#include "engine/import/graph_reader.h"

#include <doctest/doctest.h>

#include "engine/ir/op_def.h"
#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

TEST_CASE("graph_reader: initialisers that are inputs, too, are constants") {
  onnx::ModelProto model = relu_model();
  *model.mutable_graph()->add_initializer() = float_tensor("x", {1, 4}, {1, 2, 3, 4});
  for (const int ir : {3, 4, 8, 14}) {
    model.set_ir_version(ir);
    const Graph g = import_model(model).graph;
    CHECK(g.inputs.empty());
    CHECK(g.value(g.find_value("x")).is_constant());
  }
}

TEST_CASE("graph_reader: nodes may stand in any order that has no cycle") {
  onnx::ModelProto model = relu_model();
  auto& graph = *model.mutable_graph();
  graph.clear_node();
  add_node(graph, "Exp", {"b"}, {"y"});
  add_node(graph, "Relu", {"a"}, {"b"});
  add_node(graph, "Exp", {"x"}, {"a"});
  CHECK(import_text(model) == R"(graph g(%x: f32[N, 4]) -> (%y) {
  %a: f32[N, 4] = Exp(%x)
  %b: f32[N, 4] = Relu(%a)
  %y: f32[N, 4] = Exp(%b)
}
)");
  graph.mutable_node(2)->set_input(0, "b");
  CHECK(has(import_error(model), "the graph has a cycle"));
  graph.mutable_node(2)->set_input(0, "nothing");
  CHECK(import_error(model) == "Exp node making a: value 'nothing' is made by no node and is neither an input nor an initialiser");
}

TEST_CASE("graph_reader: a long chain in reverse takes no stack") {
  onnx::ModelProto model = relu_model();
  auto& graph = *model.mutable_graph();
  graph.clear_node();
  constexpr int kNodes = 20000;
  for (int i = kNodes; i > 0; --i) {
    add_node(graph, "Relu", {i == 1 ? "x" : "v" + std::to_string(i - 1)}, {i == kNodes ? "y" : "v" + std::to_string(i)});
  }
  CHECK(import_model(model).graph.live_nodes() == kNodes);
}

TEST_CASE("graph_reader: every value is made once") {
  onnx::ModelProto model = relu_model();
  auto& graph = *model.mutable_graph();
  add_node(graph, "Exp", {"x"}, {"y"}, "again");
  CHECK(import_error(model) == "value y is made twice: by Relu node act and by Exp node again");
  *graph.add_initializer() = float_tensor("w", {1}, {1});
  graph.mutable_node(1)->set_input(0, "w");
  graph.mutable_node(1)->set_output(0, "x");
  CHECK(has(import_error(model), "value x is made twice"));
  graph.mutable_node()->RemoveLast();
  *graph.add_initializer() = float_tensor("w", {1}, {1});
  CHECK(has(import_error(model), "value w is made twice"));
  graph.clear_initializer();
  add_output(graph, "y");
  CHECK(import_error(model) == "output y: it is listed twice");
  graph.mutable_output()->RemoveLast();
  add_input(graph, "x", 1, {"1"});
  CHECK(import_error(model) == "input x: it is listed twice");
  graph.mutable_input()->RemoveLast();
  add_output(graph, "z");
  CHECK(import_error(model) == "output z: value 'z' is made by no node and is neither an input nor an initialiser");
}

TEST_CASE("graph_reader: an input or an initialiser may be an output") {
  onnx::ModelProto model = relu_model();
  auto& graph = *model.mutable_graph();
  *graph.add_initializer() = float_tensor("w", {1}, {1});
  add_output(graph, "x");
  add_output(graph, "w");
  CHECK(import_text(model) == R"(graph g(%x: f32[N, 4]) -> (%y, %x, %w) {
  %y: f32[N, 4] = Relu(%x) "act"
  %w = const f32[1] {1}
}
)");
}

TEST_CASE("graph_reader: declared output types must not contradict") {
  onnx::ModelProto model = relu_model();
  set_type(*model.mutable_graph()->mutable_output(0)->mutable_type(), 7, {});
  CHECK(import_error(model) == "output y: it is declared as element type 7, but the graph makes f32");
}

TEST_CASE("graph_reader: Constant nodes in every form") {
  onnx::ModelProto model = relu_model();
  auto& graph = *model.mutable_graph();
  const auto constant = [&](const std::string& name) -> onnx::AttributeProto& {
    auto& node = add_node(graph, "Constant", {}, {name + "_out"});
    add_output(graph, name + "_out");
    auto& a = *node.add_attribute();
    a.set_name(name);
    return a;
  };
  auto* a = &constant("value");
  a->set_type(onnx::AttributeProto::TENSOR);
  *a->mutable_t() = float_tensor("", {2}, {1, 2});
  a = &constant("value_int");
  a->set_type(onnx::AttributeProto::INT);
  a->set_i(-3);
  a = &constant("value_floats");
  a->set_type(onnx::AttributeProto::FLOATS);
  a->add_floats(0.5f);
  a = &constant("value_string");
  a->set_s("s");  // without a type, as the first versions of the format wrote it
  a = &constant("sparse_value");
  a->set_type(onnx::AttributeProto::SPARSE_TENSOR);
  *a->mutable_sparse_tensor()->mutable_values() = float_tensor("", {1}, {7});
  *a->mutable_sparse_tensor()->mutable_indices() = new_tensor("", 7, {1});
  a->mutable_sparse_tensor()->mutable_indices()->add_int64_data(1);
  a->mutable_sparse_tensor()->add_dims(3);
  CHECK(import_text(model) == R"(graph g(%x: f32[N, 4]) -> (%y, %value_out, %value_int_out, %value_floats_out, %value_string_out, %sparse_value_out) {
  %y: f32[N, 4] = Relu(%x) "act"
  %value_out = const f32[2] {1, 2}
  %value_int_out = const i64[] {-3}
  %value_floats_out = const f32[1] {0.5}
  %value_string_out = const str[] {"s"}
  %sparse_value_out = const f32[3] {0, 7, 0}
}
)");
  a->set_name("value_float");
  CHECK(has(import_error(model), "attribute value_float is not a float"));
}

TEST_CASE("graph_reader: sparse initialisers are dense constants") {
  onnx::ModelProto model = relu_model();
  auto& sparse = *model.mutable_graph()->add_sparse_initializer();
  *sparse.mutable_values() = float_tensor("w", {1}, {7});
  *sparse.mutable_indices() = new_tensor("", 7, {1});
  sparse.mutable_indices()->add_int64_data(1);
  sparse.add_dims(3);
  CHECK(has(import_text(model), "%w = const f32[3] {0, 7, 0}"));
}

TEST_CASE("graph_reader: attributes of the wrong type or given twice") {
  onnx::ModelProto model = relu_model();
  auto& node = *model.mutable_graph()->mutable_node(0);
  node.set_op_type("Softmax");
  add_attribute(node, "axis", 1.5f);
  CHECK(import_error(model) == "Softmax node act: attribute axis is a float, want an int");
  node.clear_attribute();
  add_attribute(node, "axis", std::int64_t{1});
  add_attribute(node, "axis", std::int64_t{1});
  CHECK(import_error(model) == "Softmax node act: attribute axis: it is given twice, or has no name");
  node.mutable_attribute(1)->set_name("value");
  node.mutable_attribute(1)->set_type(onnx::AttributeProto::TENSOR);
  CHECK(import_error(model) == "Softmax node act: attribute value: the tensor is missing");
  node.mutable_attribute(1)->set_type(onnx::AttributeProto::INT);
  CHECK(import_error(model) == "Softmax node act: attribute value: Softmax has no attribute of that name");
  node.mutable_attribute(1)->set_type(onnx::AttributeProto::GRAPH);
  CHECK(import_error(model) == "Softmax node act: value: the graph is missing, or there are several");
}

TEST_CASE("graph_reader: old versions are upgraded, with their own defaults") {
  for (const int opset : {9, 11, 13, 22, 28}) {
    onnx::ModelProto model = relu_model();
    model.mutable_opset_import(0)->set_version(opset);
    model.mutable_graph()->mutable_node(0)->set_op_type("Softmax");
    CAPTURE(opset);
    const Graph g = import_model(model).graph;
    const Node& node = *g.producer(g.outputs[0].value);
    CHECK(node.attrs.i("axis") == -1);
    CHECK(g.value(g.outputs[0].value).name == "y");
  }
}

TEST_CASE("graph_reader: outputs that nobody reads go, where their number means nothing") {
  onnx::ModelProto model = relu_model();
  auto& node = *model.mutable_graph()->mutable_node(0);
  node.set_op_type("MaxPool");
  set_type(*model.mutable_graph()->mutable_input(0)->mutable_type(), 1, {"1", "2", "4", "4"});
  auto& kernel = *node.add_attribute();
  kernel.set_name("kernel_shape");
  kernel.set_type(onnx::AttributeProto::INTS);
  kernel.add_ints(2);
  kernel.add_ints(2);
  node.add_output("indices");
  CHECK_FALSE(has(import_text(model), "%indices"));
  add_output(*model.mutable_graph(), "indices");
  CHECK(has(import_text(model), "%indices"));
}

// y = Branch(x): two branches of an operator nobody knows, so that its own rules don't matter here.
struct Branches {
  onnx::ModelProto model = relu_model();
  onnx::NodeProto* node;
  onnx::GraphProto *a, *b;
  Branches() {
    model.add_opset_import()->set_domain("my");
    model.mutable_opset_import(1)->set_version(1);
    auto& graph = *model.mutable_graph();
    graph.clear_node();
    add_node(graph, "Relu", {"x"}, {"h"});
    node = &add_node(graph, "my:Branch", {"x"}, {"y"}, "branch");
    a = &add_subgraph(*node, "a");
    b = &add_subgraph(*node, "b");
  }
  std::string text() { return import_text(model, {.allow_unknown = true}); }
  std::string error() { return import_error(model, ErrorCode::kBadModel, {.allow_unknown = true}); }
};

TEST_CASE("graph_reader: what subgraphs read of their surroundings becomes the same trailing inputs of all of them") {
  Branches t;
  *t.model.mutable_graph()->add_initializer() = float_tensor("w", {1}, {3});
  add_node(*t.a, "Relu", {"h"}, {"r"});
  add_output(*t.a, "r");
  add_node(*t.b, "Exp", {"x"}, {"e"});
  add_output(*t.b, "e");
  add_output(*t.b, "w");
  CHECK(t.text() == R"(graph g(%x: f32[N, 4]) -> (%y) {
  %h: f32[N, 4] = Relu(%x)
  %y: f32[N, 4] = my.Branch(%x | %h, %x) "branch" a { graph(%h: f32[N, 4], %x: f32[N, 4]) -> (%r) {
    %r: f32[N, 4] = Relu(%h)
  } } b { graph(%h: f32[N, 4], %x: f32[N, 4]) -> (%e, %w) {
    %e: f32[N, 4] = Exp(%x)
    %w = const f32[1] {3}
  } }
  %w = const f32[1] {3}
}
)");
  const Graph g = import_model(t.model, {.allow_unknown = true}).graph;
  const Node& node = *g.producer(g.outputs[0].value);
  const Graph& b = *node.subgraphs[1].graph;
  CHECK(node.captures == 2);
  CHECK(b.value(b.find_value("w")).constant.data() == g.value(g.find_value("w")).constant.data());
}

TEST_CASE("graph_reader: captures pass through the graphs between") {
  Branches t;
  add_output(*t.a, "x");
  auto& inner = add_node(*t.b, "my:Branch", {}, {"z"}, "inner");
  auto& c = add_subgraph(inner, "c");
  add_node(c, "Exp", {"h"}, {"h2"});
  add_output(c, "h2");
  add_output(*t.b, "z");
  const std::string text = t.text();
  CHECK(has(text, "my.Branch(%x | %x, %h) \"branch\" a"));
  CHECK(has(text, "my.Branch(| %h) \"inner\" c"));
}

TEST_CASE("graph_reader: a subgraph's own names hide those around it") {
  Branches t;
  add_input(*t.a, "h", 1, {"2"});
  add_node(*t.a, "Relu", {"h"}, {"y"});  // y is the outer node's output, too
  add_output(*t.a, "y");
  add_output(*t.b, "h");
  const Graph g = import_model(t.model, {.allow_unknown = true}).graph;
  const Node& node = *g.producer(g.outputs[0].value);
  CHECK(node.captures == 1);
  const Graph& a = *node.subgraphs[0].graph;
  CHECK(a.inputs.size() == 2);
  CHECK(a.value(a.inputs[0]).name == "h");
  CHECK(a.value(a.inputs[1]).name == "h_1");
}

TEST_CASE("graph_reader: a subgraph that needs its own node's output is a cycle") {
  Branches t;
  add_node(*t.a, "Relu", {"y"}, {"r"});
  add_output(*t.a, "r");
  CHECK(has(t.error(), "needs its own output"));
}

TEST_CASE("graph_reader: errors in subgraphs say where") {
  Branches t;
  add_node(*t.a, "Relu", {"q"}, {"r"}, "inner");
  CHECK(t.error() == "my.Branch node branch: a: Relu node inner: value 'q' is made by no node and is neither an input nor an initialiser");
}

TEST_CASE("graph_reader: nesting ends somewhere") {
  Branches t;
  onnx::GraphProto* graph = t.a;
  for (int i = 0; i < 63; ++i) graph = &add_subgraph(add_node(*graph, "my:Branch", {}, {"r"}), "a");
  CHECK(has(t.error(), "nested"));
  for (int i = 0; i < 200; ++i) graph = &add_subgraph(add_node(*graph, "my:Branch", {}, {"r"}), "a");
  CHECK(has(t.error(), "malformed"));
}

TEST_CASE("graph_reader: declared types help where inference has none") {
  onnx::ModelProto model = relu_model();
  model.add_opset_import()->set_domain("my");
  model.mutable_opset_import(1)->set_version(1);
  auto& graph = *model.mutable_graph();
  graph.mutable_node(0)->set_domain("my");
  CHECK(has(import_text(model, {.allow_unknown = true}), "%y: f32[N, 4] = my.Relu(%x)"));
}

TEST_CASE("graph_reader: verbatim keeps nodes as the file has them") {
  onnx::ModelProto model = relu_model();
  model.mutable_opset_import(0)->set_version(9);
  auto& graph = *model.mutable_graph();
  graph.mutable_node(0)->set_op_type("Softmax");
  auto& constant = add_node(graph, "Constant", {}, {"c"});
  constant.add_attribute()->set_name("value_float");
  constant.mutable_attribute(0)->set_f(1);
  const Graph g = import_model(model, {.allow_unknown = true, .verbatim = true}).graph;
  CHECK(g.live_nodes() == 2);
  CHECK(g.value(g.outputs[0].value).type.str() == "f32[N, 4]");
}

TEST_CASE("graph_reader: a node that can't be right in a branch of If fails when it runs, not at import") {
  onnx::ModelProto model = new_model();
  auto& graph = *model.mutable_graph();
  add_input(graph, "c", onnx::TensorProto::BOOL, {});
  add_input(graph, "x", onnx::TensorProto::FLOAT, {"2", "3"});
  auto& node = add_node(graph, "If", {"c"}, {"y"});
  for (const auto& [name, op] : {std::pair("then_branch", "MatMul"), std::pair("else_branch", "Add")}) {
    auto& branch = add_subgraph(node, name);
    add_node(branch, op, {"x", "x"}, {std::string(name) + "_1"});
    add_node(branch, "Relu", {std::string(name) + "_1"}, {std::string(name) + "_2"});
    add_output(branch, std::string(name) + "_2");
  }
  add_output(graph, "y");
  const std::string text = import_text(model);
  CHECK(has(text, "%y: f32[2, 3] = If(%c | %x)"));
  CHECK(has(text, "%then_branch_1 = onnxrun.Impossible() {why = \"MatMul node making then_branch_1: shapes [2, 3] and [2, 3]: inner dimensions 3 and 2 differ\"}"));
  node.mutable_attribute(1)->mutable_g()->mutable_node(0)->set_op_type("MatMul");
  CHECK(has(import_error(model), "neither branch can run: MatMul node making then_branch_1"));
}

}  // namespace
}  // namespace onnxrun::test
