#include "engine/passes/match.h"

#include <algorithm>
#include <utility>

namespace onnxrun {

ValueId input(const Node& node, int i) {
  return i < static_cast<int>(node.inputs.size()) ? node.inputs[static_cast<std::size_t>(i)] : ValueId::kNone;
}

ValueId output(const Node& node, int i) {
  return i < static_cast<int>(node.outputs.size()) ? node.outputs[static_cast<std::size_t>(i)] : ValueId::kNone;
}

NodeId made_by(const Graph& graph, ValueId v, std::string_view name, std::string_view domain) {
  if (v == ValueId::kNone) return NodeId::kNone;
  const Value& value = graph.value(v);
  return value.producer != NodeId::kNone && value.output == 0 && is_op(graph.node(value.producer), name, domain)
             ? value.producer
             : NodeId::kNone;
}

NodeId only_reader(const Graph& graph, NodeId id) {
  if (id == NodeId::kNone) return id;
  const Node& n = graph.node(id);
  for (std::size_t i = 1; i < n.outputs.size(); ++i) {
    if (n.outputs[i] != ValueId::kNone && graph.use_count(n.outputs[i]) > 0) return NodeId::kNone;
  }
  return n.outputs.empty() || n.outputs[0] == ValueId::kNone ? NodeId::kNone : graph.sole_user(n.outputs[0]);
}

ValueId other_input(const Graph& graph, NodeId id, ValueId v) {
  const Node& n = graph.node(id);
  if (n.inputs.size() != 2 || n.inputs[0] == n.inputs[1]) return ValueId::kNone;
  return n.inputs[0] == v ? n.inputs[1] : n.inputs[0];
}

const Tensor* constant(const Graph& graph, ValueId v) {
  return v != ValueId::kNone && graph.value(v).is_constant() ? &graph.value(v).constant : nullptr;
}

std::optional<double> scalar(const Graph& graph, ValueId v) {
  const Tensor* t = constant(graph, v);
  if (t == nullptr || t->size() != 1) return std::nullopt;
  const auto values = numbers(*t);
  return values.empty() ? std::nullopt : std::optional(values[0]);
}

std::optional<double> uniform(const Graph& graph, ValueId v) {
  constexpr std::int64_t kMost = 65536;
  const Tensor* t = constant(graph, v);
  if (t == nullptr || t->size() < 1 || t->size() > kMost) return std::nullopt;
  const auto values = numbers(*t);
  if (values.empty() || !std::ranges::all_of(values, [&](double x) { return x == values[0]; })) return std::nullopt;
  return values[0];
}

std::optional<std::vector<std::int64_t>> known_ints(const Graph& graph, ValueId v) {
  if (v == ValueId::kNone) return std::nullopt;
  const Value& value = graph.value(v);
  if (value.contents) return known_shape(*value.contents);
  if (!value.is_constant()) return std::nullopt;
  if (value.constant.dtype() == DType::kInt64) {
    const auto view = value.constant.view<std::int64_t>();
    return std::vector<std::int64_t>(view.begin(), view.end());
  }
  if (value.constant.dtype() == DType::kInt32) {
    const auto view = value.constant.view<std::int32_t>();
    return std::vector<std::int64_t>(view.begin(), view.end());
  }
  return std::nullopt;
}

bool has_rank(const Graph& graph, ValueId v) {
  return v != ValueId::kNone && !graph.value(v).type.is_list() && graph.value(v).type.ranked();
}

const Dims& dims(const Graph& graph, ValueId v) { return graph.value(v).type.dims(); }

std::optional<std::pair<ValueId, double>> constant_multiple(const Graph& graph, ValueId v) {
  if (const NodeId div = made_by(graph, v, "Div"); div != NodeId::kNone) {
    const auto c = scalar(graph, input(graph, div, 1));
    if (c && *c != 0) return std::pair(input(graph, div, 0), 1 / *c);
  }
  if (const NodeId mul = made_by(graph, v, "Mul"); mul != NodeId::kNone) {
    for (int side = 0; side < 2; ++side) {
      if (const auto c = scalar(graph, input(graph, mul, side))) return std::pair(input(graph, mul, 1 - side), *c);
    }
  }
  return std::nullopt;
}

bool same_shape(const Graph& graph, ValueId a, ValueId b) {
  return has_rank(graph, a) && has_rank(graph, b) && dims(graph, a) == dims(graph, b);
}

bool same_type(const Graph& graph, ValueId a, ValueId b) {
  return same_shape(graph, a, b) && graph.value(a).type.dtype == graph.value(b).type.dtype &&
         graph.value(a).type.layout == graph.value(b).type.layout;
}

bool is_float(const Graph& graph, ValueId v) {
  if (v == ValueId::kNone) return false;
  const DType t = graph.value(v).type.dtype;
  return t == DType::kFloat32 || t == DType::kFloat16 || t == DType::kBFloat16 || t == DType::kFloat64;
}

void replace(Graph& graph, ValueId from, ValueId to) {
  if (from == to) return;
  if (graph.value(to).name.empty()) graph.value(to).name = std::exchange(graph.value(from).name, {});
  graph.replace_uses(from, to);
}

void take_over(Graph& graph, NodeId id, NodeId reader) {
  const ValueId own = output(graph, id), theirs = output(graph, reader);
  if (!graph.value(theirs).name.empty()) graph.value(own).name = std::exchange(graph.value(theirs).name, {});
  graph.replace_uses(theirs, own);
  graph.erase(reader);
}

void change_op(Graph& graph, NodeId id, const OpDef& def) {
  Node& n = graph.node(id);
  n.op = &def;
  Attributes attrs;
  for (const AttributeSpec& spec : def.attributes) {
    if (const Attribute* given = n.attrs.find(spec.name)) {
      attrs.set(spec.name, *given);
    } else if (spec.default_value) {
      attrs.set(spec.name, *spec.default_value);
    }
  }
  n.attrs = std::move(attrs);
}

}  // namespace onnxrun
