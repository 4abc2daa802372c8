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

}  // namespace
}  // namespace onnxrun::test
