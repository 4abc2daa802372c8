#include "engine/passes/permute.h"

#include <algorithm>
#include <numeric>

#include "engine/ir/axis_split.h"
#include "engine/ir/infer.h"
#include "engine/passes/fold.h"
#include "engine/passes/match.h"

namespace onnxrun {

Perm inverse(const Perm& q) {
  Perm r(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) r[static_cast<std::size_t>(q[i])] = static_cast<int>(i);
  return r;
}

Perm then(const Perm& first, const Perm& second) {
  Perm r;
  for (const int i : second) r.push_back(first[static_cast<std::size_t>(i)]);
  return r;
}

bool is_identity(const Perm& q) { return std::ranges::is_sorted(q); }

Perm perm_of(const Graph& graph, NodeId transpose) {
  const Node& n = graph.node(transpose);
  const Ints given = n.attrs.ints("perm", {});
  Perm q(given.begin(), given.end());
  if (q.empty()) {
    q.resize(dims(graph, n.inputs[0]).size());
    std::iota(q.rbegin(), q.rend(), 0);
  }
  return q;
}

ValueId transposed(Graph& graph, ValueId v, const Perm& q) {
  const bool all_ones = has_rank(graph, v) && std::ranges::all_of(dims(graph, v), [](const Dim& d) { return d.is(1); });
  if (is_identity(q) || all_ones) return v;
  const ValueId y = build(graph, "Transpose", {v}, {{"perm", Ints(q.begin(), q.end())}});
  if (constant(graph, v) == nullptr) return y;
  const NodeId node = graph.value(y).producer;
  auto results = evaluate(graph, node);
  if (!results) return y;
  graph.erase(node);
  return graph.add_constant(std::move((*results)[0]));
}

namespace {

int rank_of(const Graph& graph, ValueId v) { return has_rank(graph, v) ? static_cast<int>(dims(graph, v).size()) : -1; }

// Where axis `axis` of v lies in v'.
int moved(std::int64_t axis, const Perm& q) {
  return inverse(q)[static_cast<std::size_t>(axis_of(axis, static_cast<int>(q.size())))];
}

bool is_reduce(const Node& n) { return n.op->domain == kOnnx && n.op->name.starts_with("Reduce"); }
bool is_arg(const Node& n) { return is_op(n, "ArgMax") || is_op(n, "ArgMin"); }
bool is_quantize(const Node& n) { return is_op(n, "QuantizeLinear") || is_op(n, "DequantizeLinear"); }
bool has_axis(const Node& n) { return is_op(n, "Concat") || is_op(n, "Split") || is_arg(n) || is_quantize(n); }

// The axes that a reduction removes or Pad and Slice name, counted from the front; all of them when the operand is absent.
std::vector<int> axes_of(const Graph& graph, const Node& n, int rank) {
  std::vector<int> axes;
  if (is_arg(n)) return {axis_of(n.attrs.i("axis"), rank)};
  const auto given = known_ints(graph, input(n, is_reduce(n) ? 1 : 3));
  for (const std::int64_t a : given.value_or(std::vector<std::int64_t>())) axes.push_back(axis_of(a, rank));
  if (axes.empty()) {
    axes.resize(static_cast<std::size_t>(rank));
    std::iota(axes.begin(), axes.end(), 0);
  }
  return axes;
}

bool absent_or_known(const Graph& graph, ValueId v) { return v == ValueId::kNone || known_ints(graph, v).has_value(); }

// An input below the carried rank that a permuted node can still take: one element, or a constant (brought to full rank).
bool broadcasts(const Graph& graph, ValueId v) {
  return rank_of(graph, v) == 0 || constant(graph, v) != nullptr;
}

std::optional<Permutable> elementwise(const Graph& graph, const Node& n) {
  Permutable p;
  for (const ValueId v : n.inputs) p.rank = std::max(p.rank, rank_of(graph, v));
  for (std::size_t i = 0; i < n.inputs.size(); ++i) {
    if (n.inputs[i] == ValueId::kNone) continue;
    if (rank_of(graph, n.inputs[i]) == p.rank) {
      p.inputs.push_back(static_cast<int>(i));
    } else if (!broadcasts(graph, n.inputs[i])) {
      return std::nullopt;
    }
  }
  for (std::size_t i = 0; i < n.outputs.size(); ++i) p.outputs.push_back(static_cast<int>(i));
  return p;
}

std::optional<Permutable> with_operands(const Graph& graph, const Node& n) {
  Permutable p{rank_of(graph, input(n, 0)), {0}, {0}};
  if (is_op(n, "Pad")) {
    if (!known_ints(graph, input(n, 1)) || !absent_or_known(graph, input(n, 3))) return std::nullopt;
  } else if (is_op(n, "Slice")) {
    if (!known_ints(graph, input(n, input(n, 3) == ValueId::kNone ? 1 : 3))) return std::nullopt;
  } else if (is_op(n, "Concat")) {
    p.inputs.resize(n.inputs.size());
    std::iota(p.inputs.begin(), p.inputs.end(), 0);
  } else if (is_op(n, "Split")) {
    p.outputs.resize(n.outputs.size());
    std::iota(p.outputs.begin(), p.outputs.end(), 0);
  } else if (is_reduce(n)) {
    if (!absent_or_known(graph, input(n, 1)) || n.attrs.i("noop_with_empty_axes", 0) != 0) return std::nullopt;
    if (n.attrs.i("keepdims") == 0) p.outputs.clear();
  } else if (is_arg(n)) {
    if (n.attrs.i("keepdims") == 0) p.outputs.clear();
  } else if (is_quantize(n)) {
    const int scale = rank_of(graph, input(n, 1));
    if (scale < 0 || scale > 1 || n.attrs.i("block_size", 0) != 0) return std::nullopt;
  } else if (is_op(n, "BatchNormalization")) {
    if (n.outputs.size() != 1) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return p;
}

// A broadcast constant below full rank, laid out for permuted partners.
ValueId permuted_constant(Graph& graph, ValueId v, const Perm& q) {
  const Tensor t = *constant(graph, v);
  Shape shape(q.size() - t.shape().size(), 1);
  shape.insert(shape.end(), t.shape().begin(), t.shape().end());
  return transposed(graph, graph.add_constant(t.reshaped(std::move(shape))), q);
}

}  // namespace

std::optional<Permutable> permutable(const Graph& graph, NodeId id) {
  const Node& n = graph.node(id);
  if (n.inputs.empty() || !n.subgraphs.empty()) return std::nullopt;
  auto p = n.op->traits.elementwise ? elementwise(graph, n) : with_operands(graph, n);
  if (!p || p->rank < 2 || p->inputs.empty()) return std::nullopt;
  const auto fits = [&](ValueId v) {
    return v != ValueId::kNone && rank_of(graph, v) == p->rank && graph.value(v).type.layout == Layout::kPlain;
  };
  for (const int i : p->inputs) {
    if (!fits(input(n, i))) return std::nullopt;
  }
  for (const int i : p->outputs) {
    if (!fits(output(n, i))) return std::nullopt;
  }
  return p;
}

bool allows(const Graph& graph, NodeId id, const Perm& q) {
  const Node& n = graph.node(id);
  if (is_op(n, "BatchNormalization")) return q[1] == 1;
  if ((!is_reduce(n) && !is_arg(n)) || n.attrs.i("keepdims") != 0) return true;
  const auto removed = axes_of(graph, n, static_cast<int>(q.size()));
  Perm left = q;
  std::erase_if(left, [&](int axis) { return std::ranges::find(removed, axis) != removed.end(); });
  return std::ranges::is_sorted(left);
}

void permute_operands(Graph& graph, NodeId id, const Perm& q) {
  const int rank = static_cast<int>(q.size());
  const Node& n = graph.node(id);
  const auto set_axes = [&](int at, const std::vector<int>& axes) {
    std::vector<std::int64_t> to;
    for (const int a : axes) to.push_back(moved(a, q));
    const ValueId operand = graph.add_constant(ints_tensor(to));
    if (static_cast<int>(graph.node(id).inputs.size()) <= at) graph.resize_inputs(id, static_cast<std::size_t>(at) + 1);
    graph.set_input(id, at, operand);
  };
  if (n.op->traits.elementwise) {
    for (int i = 0; i < static_cast<int>(graph.node(id).inputs.size()); ++i) {
      const ValueId v = input(graph, id, i);
      const int own = rank_of(graph, v);
      if (own > 0 && own < rank && constant(graph, v)->size() != 1) graph.set_input(id, i, permuted_constant(graph, v, q));
    }
  } else if (has_axis(n)) {
    if (!is_quantize(n) || rank_of(graph, input(n, 1)) == 1) {
      graph.node(id).attrs.set("axis", static_cast<std::int64_t>(moved(n.attrs.i("axis"), q)));
    }
  } else if (is_reduce(n)) {
    if (input(n, 1) != ValueId::kNone) set_axes(1, axes_of(graph, n, rank));
  } else if (is_op(n, "Pad") || is_op(n, "Slice")) {
    // The numbers stay, the axes that they are for are named.
    std::vector<int> axes = axes_of(graph, n, rank);
    if (is_op(n, "Slice") && input(n, 3) == ValueId::kNone) axes.resize(known_ints(graph, input(n, 1))->size());
    set_axes(3, axes);
  }
}

}  // namespace onnxrun
