#include "engine/plan/segment.h"

#include <algorithm>

#include "engine/ir/op_def.h"
#include "engine/plan/program.h"

namespace onnxrun {
namespace {

bool has_static_outputs(const Graph& graph, const Node& n) {
  return std::ranges::all_of(n.outputs, [&](ValueId out) { return out == ValueId::kNone || graph.value(out).type.static_shape().has_value(); });
}

// The next segment could know more of this node than this one does.
bool worth_waiting(const Graph& graph, const Node& n) {
  return std::ranges::any_of(n.inputs, [&](const ValueId& in) {
    if (!decides_shapes(*n.op, static_cast<int>(&in - n.inputs.data()))) return false;
    if (in == ValueId::kNone || graph.value(in).producer == NodeId::kNone) return false;  // constant, or an input not in the key
    const Type& type = graph.value(in).type;
    const auto shape = type.static_shape();
    return shape && shape->size() <= 1 && dtype_bytes(type.dtype, element_count(*shape)) <= kMaxKeyBytes && !holds_objects(type.dtype);
  });
}

}  // namespace

Segment cut(const Graph& graph) {
  Segment out;
  // Values whose shape is known now and whose elements this segment has.
  std::vector<char> ready(graph.value_capacity(), 0);
  for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
    const Value& v = graph.value(static_cast<ValueId>(i));
    ready[i] = v.live && v.producer == NodeId::kNone;
  }
  for (const NodeId id : graph.topological_order()) {
    const Node& n = graph.node(id);
    const bool inputs_ready = std::ranges::all_of(n.inputs, [&](ValueId in) { return in == ValueId::kNone || ready[index(in)]; });
    const bool known = inputs_ready && has_static_outputs(graph, n);
    if (!inputs_ready || (!known && worth_waiting(graph, n))) {
      out.deferred.push_back(id);
      continue;
    }
    out.nodes.push_back(id);
    out.dynamic.push_back(!known);
    for (const ValueId v : n.outputs) {
      if (v != ValueId::kNone) ready[index(v)] = graph.value(v).type.static_shape().has_value();
    }
  }
  std::vector<char> made_later(graph.value_capacity(), 0), seen(graph.value_capacity(), 0);
  for (const NodeId id : out.deferred) {
    for (const ValueId v : graph.node(id).outputs) {
      if (v != ValueId::kNone) made_later[index(v)] = 1;
    }
  }
  for (const NodeId id : out.deferred) {
    for (const ValueId v : graph.node(id).inputs) {
      if (v == ValueId::kNone || made_later[index(v)] || seen[index(v)] || graph.value(v).is_constant()) continue;
      seen[index(v)] = 1;
      out.carried.push_back(v);
    }
  }
  return out;
}

Graph rest_of(const Graph& graph, const Segment& segment) {
  Graph rest = graph;
  std::vector<char> made_later(graph.value_capacity(), 0);
  for (const NodeId id : segment.deferred) {
    for (const ValueId v : graph.node(id).outputs) {
      if (v != ValueId::kNone) made_later[index(v)] = 1;
    }
  }
  std::erase_if(rest.outputs, [&](const Graph::Output& o) { return !made_later[index(o.value)]; });
  rest.inputs.clear();
  for (const ValueId v : segment.carried) {
    const ValueId in = rest.add_input({}, rest.value(v).type);
    rest.replace_uses(v, in);
  }
  rest.remove_dead();
  return rest;
}

}  // namespace onnxrun
