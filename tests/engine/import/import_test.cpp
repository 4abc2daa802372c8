#include <doctest/doctest.h>

#include "engine/ir/verify.h"
#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

TEST_CASE("import: a model keeps its names, types and description") {
  onnx::ModelProto model = relu_model();
  model.set_producer_name("pytorch");
  model.set_producer_version("2.15");
  model.set_domain("org.example");
  model.set_model_version(7);
  model.set_doc_string("a doc");
  auto& entry = *model.add_metadata_props();
  entry.set_key("author");
  entry.set_value("me");
  const ImportedModel imported = import_model(model);
  verify(imported.graph);
  CHECK(imported.ir_version == 14);
  CHECK(imported.model_version == 7);
  CHECK(imported.producer == "pytorch 2.15");
  CHECK(imported.domain == "org.example");
  CHECK(imported.doc == "a doc");
  CHECK(imported.opsets == std::map<std::string, std::int64_t>{{"", 28}});
  CHECK(imported.graph.metadata.at("author") == "me");
  CHECK(imported.graph.metadata.at("onnx.producer") == "pytorch 2.15");
  CHECK(import_text(model) == R"(graph g(%x: f32[N, 4]) -> (%y) {
  %y: f32[N, 4] = Relu(%x) "act"
}
)");
}

TEST_CASE("import: unknown operators are listed all at once, those of subgraphs and functions too") {
  onnx::ModelProto model = relu_model();
  model.add_opset_import()->set_domain("my");
  model.mutable_opset_import(1)->set_version(1);
  auto& graph = *model.mutable_graph();
  add_node(graph, "my:Foo", {"x"}, {"a"});
  add_node(add_subgraph(add_node(graph, "my:Foo", {"x"}, {"b"}), "body"), "Nonesuch", {}, {"c"});
  add_node(graph, "my:F", {"x"}, {"d"});
  for (const char* name : {"F", "Unused"}) {
    onnx::FunctionProto& f = *model.add_functions();
    f.set_domain("my");
    f.set_name(name);
    f.add_input("i");
    f.add_output("e");
    add_node(*f.mutable_node(), std::string("my:Bar") + name, {}, {"e"});
  }
  CHECK(import_error(model, ErrorCode::kUnsupported) ==
        "operators that are not implemented: Nonesuch x1, my.BarF x1, my.Foo x2; `onnx-run ops` lists those that are");
  CHECK(import_model(model, {.allow_unknown = true}).graph.live_nodes() == 4);
}

TEST_CASE("import: an operator newer than the model's opset is not that operator") {
  onnx::ModelProto model = relu_model();
  model.mutable_opset_import(0)->set_version(7);
  model.mutable_graph()->mutable_node(0)->set_op_type("LayerNormalization");
  CHECK(import_error(model, ErrorCode::kUnsupported).find("LayerNormalization of opset 7 (accepted from 17) x1") != std::string::npos);
}

TEST_CASE("import: opset imports") {
  onnx::ModelProto model = relu_model();
  model.mutable_opset_import(0)->set_domain("ai.onnx");
  CHECK(import_error(model) == "no error");
  model.add_opset_import()->set_version(28);
  CHECK(import_error(model) == "no error");
  model.mutable_opset_import(1)->set_version(27);
  CHECK(import_error(model) == "opset_import: domain '' has the versions 28 and 27");
  model.mutable_opset_import(1)->set_version(0);
  CHECK(import_error(model) == "opset_import: version 0 of domain ''");
  model.clear_opset_import();
  CHECK(import_error(model) == "opset_import is missing");
  model.add_opset_import()->set_domain("my");
  model.mutable_opset_import(0)->set_version(1);
  CHECK(import_error(model) == "Relu node act: the operator's domain 'ai.onnx' is missing in opset_import");
  model.clear_opset_import();
  model.set_ir_version(2);
  CHECK(import_error(model) == "no error");  // opset 1 went without saying then
}

TEST_CASE("import: versions that are newer than the engine") {
  onnx::ModelProto model = relu_model();
  model.set_ir_version(15);
  CHECK(import_error(model, ErrorCode::kUnsupported).find("IR version 15, and 14 is the newest") != std::string::npos);
  model = relu_model();
  model.mutable_opset_import(0)->set_version(29);
  CHECK(import_error(model, ErrorCode::kUnsupported).find("opset 29 of ai.onnx, and 28 is the newest") != std::string::npos);
  CHECK(import_error(model, ErrorCode::kUnsupported, {.verbatim = true}) == "no error");
  model = relu_model();
  model.add_opset_import()->set_domain("ai.onnx.ml");
  model.mutable_opset_import(1)->set_version(5);
  CHECK(import_error(model) == "no error");
  model.mutable_opset_import(1)->set_version(6);
  CHECK(import_error(model, ErrorCode::kUnsupported).find("opset 6 of ai.onnx.ml, and 5 is") != std::string::npos);
  model = relu_model();
  auto& function = *model.add_functions();
  function.set_name("F");
  function.add_opset_import()->set_version(29);
  CHECK(import_error(model, ErrorCode::kUnsupported).find("function F: the model is written for opset 29") == 0);
}

TEST_CASE("import: files that are no models") {
  const auto error_of = [](std::string_view bytes) {
    try {
      import_onnx(std::as_bytes(std::span(bytes)));
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kBadModel);
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(error_of("") == "the file is empty");
  CHECK(error_of("version https://git-lfs.github.com/spec/v1\n").find("Git LFS pointer") != std::string::npos);
  CHECK(error_of("hello, this is a text and no model at all").find("not an ONNX model") != std::string::npos);
  onnx::ModelProto model = relu_model();
  model.clear_graph();
  CHECK(import_error(model) == "the model has no graph");
  model = relu_model();
  model.clear_ir_version();
  CHECK(import_error(model) == "this is not an ONNX model: ir_version is 0");

  const TemporaryFolder folder;
  write_file(folder / "bad.onnx", "\x08");
  try {
    import_onnx(folder / "bad.onnx");
    CHECK(false);
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find((folder / "bad.onnx").string() + ": ") == 0);
  }
  CHECK_THROWS_AS(import_onnx(folder / "none.onnx"), Error);
}

TEST_CASE("import: training information is ignored") {
  onnx::ModelProto model = relu_model();
  add_node(*model.add_training_info()->mutable_algorithm(), "my:Train", {}, {"t"});
  CHECK(import_error(model) == "no error");
}

}  // namespace
}  // namespace onnxrun::test
