#include "engine/import/export.h"

#include <doctest/doctest.h>

#include "engine/import/import.h"
#include "engine/ir/op_def.h"
#include "engine/ir/text.h"
#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

// The graph after a way through a file.
std::string round_trip(const Graph& graph, const ExportLimits& limits = {}) {
  const TemporaryFolder folder;
  export_onnx(graph, folder / "m.onnx", limits);
  return print_graph(import_onnx(folder / "m.onnx", {.allow_unknown = true}).graph);
}

void check_round_trip(std::string_view text) {
  const Graph graph = parse_graph(text);
  CHECK(round_trip(graph) == print_graph(graph));
}

TEST_CASE("export: what is written reads back as the same graph") {
  check_round_trip(R"(graph main(%x: f32[N, 3, 8, 8], %k: seq(f32[2*N + 1])) -> (%y, %s, %x, %w) {
  %w = const f32[2] {1, 2}
  %b = const bool[2] {true, false}
  %t = const str[1] {"a"}
  %h = Relu(%x) "act"
  %y = Softmax(%h) {axis = 1}
  %s = MaxPool(%x) {kernel_shape = [2, 2], strides = [2, 2]} "pool"
})");
}

TEST_CASE("export: layouts go by their Reorder nodes") {
  check_round_trip(R"(graph main(%x: f32[1, 3, 8, 8]) -> (%y) {
  %l = onnxrun.Reorder(%x) {layout = "channels_last"}
  %r = Relu(%l)
  %y = onnxrun.Reorder(%r) {layout = "plain"}
})");
}

TEST_CASE("export: subgraphs, captures and shared constants") {
  onnx::ModelProto model = relu_model();
  model.add_opset_import()->set_domain("my");
  model.mutable_opset_import(1)->set_version(1);
  auto& graph = *model.mutable_graph();
  *graph.add_initializer() = float_tensor("w", {1}, {3});
  auto& node = add_node(graph, "my:Branch", {"x"}, {"z"}, "branch");
  auto& a = add_subgraph(node, "a");
  a.set_name("first");
  add_node(a, "Relu", {"y"}, {"r"});
  add_output(a, "r");
  auto& b = add_subgraph(node, "b");
  b.set_name("second");
  add_input(b, "i", 1, {"2"});
  add_node(b, "Softmax", {"x"}, {"e"});
  add_output(b, "e");
  add_node(b, "Relu", {"w"}, {"v"});
  add_output(b, "v");
  add_output(graph, "z");
  const Graph imported = import_model(model, {.allow_unknown = true}).graph;
  CHECK(round_trip(imported) == print_graph(imported));
}

TEST_CASE("export: names are made where there are none, or where one is taken") {
  Graph g;
  const ValueId x = g.add_input("x", Type::tensor(DType::kFloat32, Dims{Dim(2)}));
  const ValueId w = g.add_constant(Tensor::of<float>({1}, {1.0f}));
  const NodeId n = g.add_node(op("Relu"), {x});
  g.add_output("y", g.node(n).outputs[0]);
  g.add_output("w", w);
  const TemporaryFolder folder;
  export_onnx(g, folder / "m.onnx");
  const Graph back = import_onnx(folder / "m.onnx").graph;
  CHECK(back.outputs[0].name == "y");
  CHECK(back.value(back.outputs[0].value).name == "y");
  CHECK(back.value(back.outputs[1].value).is_constant());

  Graph clash;
  clash.add_input("x", Type::tensor(DType::kFloat32, Dims{Dim(2)}));
  clash.add_output("x", clash.add_constant(Tensor::of<float>({1}, {1.0f})));
  CHECK_THROWS_AS(export_onnx(clash, folder / "n.onnx"), Error);
  CHECK_FALSE(std::filesystem::exists(folder / "n.onnx"));
}

TEST_CASE("export: the description survives") {
  onnx::ModelProto model = relu_model();
  model.set_producer_name("maker");
  model.set_domain("org.example");
  model.set_doc_string("doc");
  auto& entry = *model.add_metadata_props();
  entry.set_key("k");
  entry.set_value("v");
  const ImportedModel first = import_model(model);
  const TemporaryFolder folder;
  export_onnx(first.graph, folder / "m.onnx");
  const ImportedModel second = import_onnx(folder / "m.onnx");
  CHECK(second.producer == "maker");
  CHECK(second.domain == "org.example");
  CHECK(second.doc == "doc");
  CHECK(second.graph.metadata == first.graph.metadata);
  CHECK(second.opsets.at("") == 14);  // Relu's newest form
}

TEST_CASE("export: large constants go to a file beside it") {
  const Graph g = parse_graph(R"(graph main(%x: f32[2]) -> (%x, %a, %b, %c) {
  %a = const f32[3000] seed(1)
  %b = const f32[2000] seed(2)
  %c = const f32[2] {1, 2}
})");
  const TemporaryFolder folder;
  export_onnx(g, folder / "m.onnx", {.max_inline = 1000, .min_external = 4096});
  CHECK(std::filesystem::file_size(folder / "m.onnx.data") == 12288 + 8000);
  CHECK(std::filesystem::file_size(folder / "m.onnx") < 1000);
  const Graph back = import_onnx(folder / "m.onnx").graph;
  CHECK(print_graph(back) == print_graph(g));
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++files;
  CHECK(files == 2);
  // The model may be replaced while its weights are mapped.
  export_onnx(back, folder / "m.onnx", {.max_inline = 1000, .min_external = 4096});
  CHECK(print_graph(import_onnx(folder / "m.onnx").graph) == print_graph(g));
}

TEST_CASE("export: a folder that isn't there") {
  CHECK_THROWS_AS(export_onnx(import_model(relu_model()).graph, "/nonexistent/m.onnx"), Error);
}

}  // namespace
}  // namespace onnxrun::test
