// What is computed twice is computed once.
//   %a = Relu(%x)  %b = Relu(%x)                ->  readers of %b read %a
//   %c = const f32[2] {1, 2}  %d = const f32[2] {1, 2}                  the same for equal constants, compared bit by bit
// Not for non-deterministic nodes and those with subgraphs, nor when types or wanted outputs differ.
#include <algorithm>
#include <functional>
#include <unordered_map>

#include "engine/base/tensor_view.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

std::size_t mix(std::size_t seed, std::size_t value) { return seed ^ (value + 0x9e3779b97f4a7c15u + (seed << 6) + (seed >> 2)); }

std::size_t hash_bytes(const void* data, std::size_t size) {
  return std::hash<std::string_view>{}({static_cast<const char*>(data), size});
}

// Ends of the data only: weights are large, and equal shapes with equal ends are compared in full anyway.
std::size_t hash_constant(const Tensor& t) {
  constexpr std::size_t kEnd = 256;
  std::size_t h = static_cast<std::size_t>(t.dtype());
  for (const std::int64_t d : t.shape()) h = mix(h, static_cast<std::size_t>(d));
  if (holds_objects(t.dtype()) || t.size() == 0) return h;
  const std::size_t bytes = t.bytes(), part = std::min(bytes, kEnd);
  const auto* data = static_cast<const char*>(t.data());
  return mix(mix(h, hash_bytes(data, part)), hash_bytes(data + bytes - part, part));
}

std::size_t hash_node(const Node& n) {
  std::size_t h = std::hash<const void*>{}(n.op);
  for (const ValueId v : n.inputs) h = mix(h, static_cast<std::size_t>(v));
  for (const auto& [name, value] : n.attrs) {
    h = mix(h, std::hash<std::string>{}(name));
    if (const auto* i = std::get_if<std::int64_t>(&value)) h = mix(h, static_cast<std::size_t>(*i));
    if (const auto* list = std::get_if<Ints>(&value)) {
      for (const std::int64_t i : *list) h = mix(h, static_cast<std::size_t>(i));
    }
  }
  return h;
}

bool equal_nodes(const Graph& graph, const Node& a, const Node& b) {
  if (a.op != b.op || a.inputs != b.inputs || a.outputs.size() != b.outputs.size() || !(a.attrs == b.attrs)) return false;
  for (std::size_t i = 0; i < a.outputs.size(); ++i) {
    const ValueId x = a.outputs[i], y = b.outputs[i];
    if ((x == ValueId::kNone) != (y == ValueId::kNone)) return false;
    if (x != ValueId::kNone && graph.value(x).type.layout != graph.value(y).type.layout) return false;
  }
  return true;
}

bool merge_constants(Graph& graph) {
  bool changed = false;
  std::unordered_multimap<std::size_t, ValueId> seen;
  for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const Value& value = graph.value(id);
    if (!value.live || !value.is_constant() || graph.use_count(id) == 0) continue;
    const std::size_t hash = hash_constant(value.constant);
    const auto [first, last] = seen.equal_range(hash);
    const auto twin = std::find_if(first, last, [&](const auto& entry) {
      const Value& other = graph.value(entry.second);
      return other.type.layout == value.type.layout && attribute_equal(other.constant, value.constant);
    });
    if (twin == last) {
      seen.emplace(hash, id);
      continue;
    }
    replace(graph, id, twin->second);
    changed = true;
  }
  return changed;
}

bool merge_nodes(Graph& graph) {
  bool changed = false;
  std::unordered_multimap<std::size_t, NodeId> seen;
  for (const NodeId id : graph.topological_order()) {
    const Node& n = graph.node(id);
    if (!n.op->traits.deterministic || !n.subgraphs.empty()) continue;
    const std::size_t hash = hash_node(n);
    const auto [first, last] = seen.equal_range(hash);
    const auto twin = std::find_if(first, last, [&](const auto& entry) { return equal_nodes(graph, graph.node(entry.second), n); });
    if (twin == last) {
      seen.emplace(hash, id);
      continue;
    }
    const std::vector<ValueId> theirs = graph.node(twin->second).outputs;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      if (theirs[i] != ValueId::kNone) replace(graph, graph.node(id).outputs[i], theirs[i]);
    }
    graph.erase(id);
    changed = true;
  }
  return changed;
}

}  // namespace

bool merge_common(Graph& graph, const PassContext&) {
  const bool constants = merge_constants(graph);
  return merge_nodes(graph) || constants;
}

}  // namespace onnxrun
