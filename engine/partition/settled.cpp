#include "engine/partition/settled.h"

#include <algorithm>
#include <set>
#include <span>

#include "engine/base/tensor_view.h"

namespace onnxrun {

namespace {

using Symbols = std::set<std::string, std::less<>>;

void collect(const Dims& dims, Symbols& symbols) {
  for (const Dim& d : dims) {
    d.substitute([&](std::string_view symbol) {
      symbols.emplace(symbol);
      return std::optional<Dim>();
    });
  }
}

void collect(const Graph& graph, std::span<const ValueId> values, Symbols& symbols) {
  for (const ValueId v : values) {
    if (v == ValueId::kNone) continue;
    if (graph.value(v).type.ranked()) collect(graph.value(v).type.dims(), symbols);
    if (graph.value(v).contents) collect(*graph.value(v).contents, symbols);
  }
}

bool follow_from(const Dims& dims, const Symbols& known) {
  Symbols used;
  collect(dims, used);
  return std::ranges::includes(known, used);
}

}  // namespace

std::vector<bool> settled_values(const Graph& graph) {
  Symbols of_inputs;
  collect(graph, graph.inputs, of_inputs);
  std::vector<bool> settled(graph.value_capacity());
  for (std::size_t i = 0; i < settled.size(); ++i) {
    const Value& v = graph.value(static_cast<ValueId>(i));
    const bool number = v.type.dtype == DType::kInt64 || v.type.dtype == DType::kInt32;  // what plans make constants of
    settled[i] = v.live && (v.is_constant() || (v.contents && number && follow_from(*v.contents, of_inputs)));
  }
  return settled;
}

std::string host_only(const Graph& graph, NodeId id, const std::vector<bool>& settled) {
  const Node& n = graph.node(id);
  if (!n.subgraphs.empty()) return "the host runs what has subgraphs";
  for (const auto* values : {&n.inputs, &n.outputs}) {
    for (const ValueId v : *values) {
      if (v != ValueId::kNone && holds_objects(graph.value(v).type.dtype)) return "strings and lists stay on the host";
    }
  }
  const auto is_settled = [&](ValueId v) { return v == ValueId::kNone || settled[index(v)]; };
  if (std::ranges::all_of(n.outputs, is_settled)) return "its result follows from sizes";
  Symbols known;
  collect(graph, graph.inputs, known);
  collect(graph, n.inputs, known);
  for (const ValueId v : n.outputs) {
    if (v == ValueId::kNone) continue;
    const Type& type = graph.value(v).type;
    if (!type.ranked() || !follow_from(type.dims(), known)) return "the size of its result depends on data";
  }
  return {};
}

}  // namespace onnxrun
