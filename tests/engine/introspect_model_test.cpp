#include <doctest/doctest.h>

#include "engine/ir/flops.h"
#include "engine/ir/text.h"
#include "onnxrun/introspect.h"
#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

TEST_CASE("inspect: what a file holds") {
  onnx::ModelProto model = relu_model();
  model.set_producer_name("maker");
  model.add_opset_import()->set_domain("my");
  model.mutable_opset_import(1)->set_version(1);
  auto& entry = *model.add_metadata_props();
  entry.set_key("k");
  entry.set_value("v");
  auto& graph = *model.mutable_graph();
  set_type(*graph.mutable_input(0)->mutable_type(), 1, {"N", "4", "8", "8"});
  set_type(*graph.mutable_output(0)->mutable_type(), 1, {"N", "4", "8", "8"});
  *graph.add_initializer() = float_tensor("w", {3, 4, 1, 1}, std::vector<float>(12));
  add_node(graph, "Conv", {"x", "w"}, {"m"});
  auto& branch = add_node(graph, "my:Branch", {"x"}, {"b"});
  auto& a = add_subgraph(branch, "a");
  add_node(a, "Conv", {"x", "w"}, {"c"});
  add_output(a, "c");
  add_output(graph, "m", 1, {"N", "3", "8", "8"});
  add_output(graph, "b", 1, {"N", "3", "8", "8"});
  const TemporaryFolder folder;
  write_model(folder / "m.onnx", model);
  const ModelInfo info = inspect(folder / "m.onnx");
  CHECK(info.graph_name == "g");
  CHECK(info.producer == "maker");
  CHECK(info.metadata == std::map<std::string, std::string>{{"k", "v"}});
  CHECK(info.opsets == std::map<std::string, std::int64_t>{{"", 28}, {"my", 1}});
  CHECK(info.operators == std::map<std::string, std::int64_t>{{"Relu", 1}, {"Conv", 2}, {"my.Branch", 1}});
  CHECK(info.unsupported == std::vector<std::string>{"my.Branch"});
  CHECK(info.parameters == 12);
  CHECK(info.parameter_bytes == 48);
  CHECK(info.flops == 2 * (2 * 64 * 4 * 3));
  REQUIRE(info.inputs.size() == 1);
  CHECK(info.inputs[0].type == "f32[N, 4, 8, 8]");
  REQUIRE(info.outputs.size() == 3);
  CHECK(info.outputs[1].type == "f32[N, 3, 8, 8]");
  CHECK(info.outputs[1].dims[0].symbol == "N");
}

TEST_CASE("inspect: a broken model is an error") {
  onnx::ModelProto model = relu_model();
  model.mutable_graph()->mutable_node(0)->set_input(0, "nothing");
  const TemporaryFolder folder;
  write_model(folder / "m.onnx", model);
  CHECK_THROWS_AS(inspect(folder / "m.onnx"), Error);
}

TEST_CASE("flops: convolutions, products and attention") {
  CHECK(count_flops(parse_graph(R"(graph main(%x: f32[N, 4, 10, 10]) -> (%y) {
  %w = const f32[8, 2, 3, 3] fill(0)
  %y = Conv(%x, %w) {group = 2}
})")) == 2 * 8 * 8 * 8 * 2 * 9);
  CHECK(count_flops(parse_graph(R"(graph main(%q: f32[2, 5, 12], %k: f32[2, 7, 6], %v: f32[2, 7, 8]) -> (%y) {
  %y = Attention(%q, %k, %v) {q_num_heads = 4, kv_num_heads = 2}
})")) == 2 * 2 * 4 * 5 * 7 * (3 + 4));
  CHECK(count_flops(parse_graph("graph main(%x: f32[N]) -> (%y) { %y = Relu(%x) }")) == 0);
}

}  // namespace
}  // namespace onnxrun::test
