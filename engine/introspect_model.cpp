// inspect(): what a model file holds, for people and tools; nothing is prepared to run.
#include <set>

#include "engine/ir/flops.h"
#include "engine/import/import.h"
#include "engine/ir/op_def.h"
#include "engine/model.h"
#include "engine/passes/pipeline.h"
#include "onnxrun/error.h"
#include "onnxrun/introspect.h"

namespace onnxrun {
namespace {

// Constants that subgraphs share with their surroundings count once.
void count_parameters(const Graph& graph, std::set<const void*>& seen, ModelInfo& info) {
  for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
    const Value& v = graph.value(static_cast<ValueId>(i));
    if (!v.live || !v.is_constant() || !seen.insert(v.constant.data()).second) continue;
    info.parameters += v.constant.size();
    info.parameter_bytes += v.constant.bytes();
  }
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    for (const Subgraph& s : graph.node(static_cast<NodeId>(i)).subgraphs) count_parameters(*s.graph, seen, info);
  }
}

void count_operators(const Graph& graph, ModelInfo& info) {
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const Node& node = graph.node(static_cast<NodeId>(i));
    ++info.operators[op_full_name(*node.op)];
    for (const Subgraph& s : node.subgraphs) count_operators(*s.graph, info);
  }
}

// Exporters compute shapes at run time that folding makes known. Behind an operator that nobody knows they may stay unknown, and others
// then be impossible to infer: nothing is counted.
std::int64_t flops_of(const std::filesystem::path& file, bool all_known) {
  try {
    Graph graph = import_onnx(file, {.allow_unknown = true}).graph;
    optimize(graph, {{}, Math::kExact}, {.disabled = {}, .stop_after = "fold_shape"});
    return count_flops(graph);
  } catch (const Error&) {
    if (all_known) throw;
    return 0;
  }
}

}  // namespace

ModelInfo inspect(const std::filesystem::path& file) {
  ImportedModel model = import_onnx(file, {.allow_unknown = true, .verbatim = true});
  ModelInfo info;
  info.graph_name = model.graph.name;
  info.producer = model.producer;
  info.domain = model.domain;
  info.doc = model.doc;
  info.ir_version = model.ir_version;
  info.model_version = model.model_version;
  info.opsets = model.opsets;
  info.metadata = model.graph.metadata;
  for (const std::string_view key : {kMetadataProducer, kMetadataDomain, kMetadataDoc}) info.metadata.erase(std::string(key));
  for (const ValueId v : model.graph.inputs) info.inputs.push_back(describe_value(model.graph.value(v).name, model.graph.value(v).type));
  for (const Graph::Output& o : model.graph.outputs) info.outputs.push_back(describe_value(o.name, model.graph.value(o.value).type));
  for (const auto& [name, count] : model.unknown) info.unsupported.push_back(name);
  count_operators(model.graph, info);
  std::set<const void*> seen;
  count_parameters(model.graph, seen, info);
  info.flops = flops_of(file, model.unknown.empty());
  return info;
}

}  // namespace onnxrun
