#include "engine/import/export.h"

#include <climits>
#include <iterator>
#include <optional>

#include "engine/base/atomic_file.h"
#include "engine/base/check.h"
#include "engine/import/export_graph.h"
#include "engine/import/import.h"
#include "engine/import/to_proto.h"

namespace onnxrun {
namespace {

// The first IR version that goes with an opset, as the standard's own table has them.
int ir_version_for(int opset) {
  struct Row {
    int opset, ir;
  };
  static constexpr Row kRows[] = {{20, 9}, {22, 10}, {23, 11}, {24, 12}, {27, 13}};
  for (const Row& row : kRows) {
    if (opset <= row.opset) return row.ir;
  }
  return 14;
}

std::uint64_t constant_bytes(const Graph& graph) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
    const Value& v = graph.value(static_cast<ValueId>(i));
    if (v.live && v.is_constant()) sum += v.constant.bytes();
  }
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    for (const Subgraph& s : graph.node(static_cast<NodeId>(i)).subgraphs) sum += constant_bytes(*s.graph);
  }
  return sum;
}

void add_entry(onnx::TensorProto& tensor, const char* key, const std::string& value) {
  auto& entry = *tensor.add_external_data();
  entry.set_key(key);
  entry.set_value(value);
}

// Appends the elements to the data file, at a page boundary so that they can be mapped.
void write_external(const Tensor& t, const std::string& location, AtomicFile& data, onnx::TensorProto& tensor) {
  write_tensor_header(t, tensor);
  data.align(4096);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  add_entry(tensor, "location", location);
  add_entry(tensor, "offset", fmt::format("{}", data.size()));
  add_entry(tensor, "length", fmt::format("{}", t.bytes()));
  data.write({static_cast<const std::byte*>(t.data()), t.bytes()});
}

void write_description(const Graph& graph, const std::map<std::string, int>& opsets, onnx::ModelProto& model) {
  std::string producer = "onnxrun";
  for (const auto& [key, value] : graph.metadata) {
    if (key == kMetadataProducer) {
      producer = value;
    } else if (key == kMetadataDomain) {
      model.set_domain(value);
    } else if (key == kMetadataDoc) {
      model.set_doc_string(value);
    } else {
      auto& entry = *model.add_metadata_props();
      entry.set_key(key);
      entry.set_value(value);
    }
  }
  model.set_producer_name(producer);
  for (const auto& [domain, version] : opsets) {
    auto& import = *model.add_opset_import();
    import.set_domain(domain);
    import.set_version(version);
  }
  model.set_ir_version(ir_version_for(opsets.at("")));
}

}  // namespace

void export_onnx(const Graph& graph, const std::filesystem::path& file, const ExportLimits& limits) {
  const std::string data_name = file.filename().string() + ".data";
  std::optional<AtomicFile> data;
  if (constant_bytes(graph) > limits.max_inline) data.emplace(file.parent_path() / data_name);

  GraphExport context;
  context.opsets[""] = 13;  // the oldest that every reader of today knows; operators raise it
  context.write_elements = [&](const Tensor& t, onnx::TensorProto& tensor) {
    if (data && t.dtype() != DType::kString && t.bytes() >= limits.min_external) {
      write_external(t, data_name, *data, tensor);
    } else {
      write_tensor(t, tensor);
    }
  };
  onnx::ModelProto model;
  export_graph(graph, *model.mutable_graph(), context);
  write_description(graph, context.opsets, model);
  require(ErrorCode::kOutOfResources, model.ByteSizeLong() <= INT_MAX, "{}: the graph without its weights takes more than 2 GB",
          file.string());
  const std::string bytes = model.SerializeAsString();
  AtomicFile out(file);
  out.write(std::as_bytes(std::span(bytes)));
  if (data) data->commit();
  out.commit();
}

void export_onnx(const Graph& graph, const std::filesystem::path& file) { export_onnx(graph, file, ExportLimits{}); }

}  // namespace onnxrun
