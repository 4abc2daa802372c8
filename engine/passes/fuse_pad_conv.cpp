// Padding that a convolution or pool can do itself.
//   %p = Pad(%x, {0, 0, 1, 1, 0, 0, 1, 1})  %y = Conv(%p, %w) {pads = [0, 0, 0, 0]}     ->  %y = Conv(%x, %w) {pads = [1, 1, 1, 1]}
//   %y = AveragePool(%p) with no padding of its own            ->  AveragePool(%x) {pads, count_include_pad = 1}
//   %y = MaxPool(%p)                                           ->  MaxPool(%x) {pads}
// Conv and AveragePool take zeros. MaxPool takes minus infinity, the type's lowest number, copies of the edge, and zeros where
// %x can't be negative (the output of Relu, Sigmoid or a Clip from 0 up).
// Not when batch or channels are padded, amounts are negative or unknown, padding is reflected or wrapped, the reader
// counts its padding itself (auto_pad), or a pool has dilations, ceil_mode or windows that could lie in the padding alone.
#include <algorithm>
#include <limits>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

struct Padding {
  Ints spatial;      // begins of the spatial axes, then their ends
  bool edge = false;  // copies of the outermost elements, else `value`
  double value = 0;
};

std::optional<Padding> padding_of(const Graph& graph, NodeId pad) {
  const Node& n = graph.node(pad);
  const std::string mode = n.attrs.s("mode", "constant");
  if ((mode != "constant" && mode != "edge") || !has_rank(graph, input(n, 0)) || !is_float(graph, input(n, 0))) return std::nullopt;
  const auto amounts = known_ints(graph, input(n, 1));
  const auto rank = static_cast<std::int64_t>(dims(graph, input(n, 0)).size());
  std::vector<std::int64_t> axes;
  if (input(n, 3) == ValueId::kNone) {
    for (std::int64_t i = 0; i < rank; ++i) axes.push_back(i);
  } else if (const auto given = known_ints(graph, input(n, 3))) {
    for (const std::int64_t a : *given) axes.push_back(a < 0 ? a + rank : a);
  }
  if (!amounts || rank < 3 || axes.empty() || amounts->size() != 2 * axes.size()) return std::nullopt;
  Padding p{Ints(static_cast<std::size_t>(2 * (rank - 2)), 0), mode == "edge"};
  for (std::size_t i = 0; i < amounts->size(); ++i) {
    const std::int64_t axis = axes[i % axes.size()], amount = (*amounts)[i];
    if (amount < 0 || axis < 0 || axis >= rank || (axis < 2 && amount != 0)) return std::nullopt;
    if (axis >= 2) p.spatial[static_cast<std::size_t>(axis - 2 + (i < axes.size() ? 0 : rank - 2))] += amount;
  }
  if (input(n, 2) != ValueId::kNone) {
    const auto value = scalar(graph, input(n, 2));
    if (!value) return std::nullopt;
    p.value = *value;
  }
  return p;
}

bool never_negative(const Graph& graph, ValueId v) {
  if (made_by(graph, v, "Relu") != NodeId::kNone || made_by(graph, v, "Sigmoid") != NodeId::kNone) return true;
  const NodeId clip = made_by(graph, v, "Clip");
  if (clip == NodeId::kNone) return false;
  const auto low = scalar(graph, input(graph, clip, 1));
  return low && *low >= 0;
}

bool max_ignores(const Graph& graph, const Padding& p, ValueId x) {
  if (p.edge) return true;  // a window that reaches a copy reaches the original, too
  if (p.value == 0) return never_negative(graph, x);
  const bool f16 = graph.value(x).type.dtype == DType::kFloat16;
  const bool bf16 = graph.value(x).type.dtype == DType::kBFloat16;
  const bool f64 = graph.value(x).type.dtype == DType::kFloat64;
  const double lowest = f16 ? -65504.0 : bf16 ? -3.3895313892515355e38 : f64 ? std::numeric_limits<double>::lowest() : std::numeric_limits<float>::lowest();
  return p.value <= lowest;
}

// Whether every window of a pool reaches real elements, and the size of its output follows from the sum of all padding.
bool simple_windows(const Ints& pads, const Node& pool) {
  const Ints kernel = pool.attrs.ints("kernel_shape");
  for (std::size_t i = 0; i < pads.size(); ++i) {
    if (pads[i] >= kernel[i % kernel.size()]) return false;
  }
  return pool.attrs.i("ceil_mode", 0) == 0 && std::ranges::all_of(pool.attrs.ints("dilations", {}), [](auto d) { return d == 1; });
}

bool absorb(Graph& graph, NodeId id, NodeId pad) {
  const auto padding = padding_of(graph, pad);
  if (!padding) return false;
  Node& n = graph.node(id);
  const std::string mode = n.attrs.s("auto_pad", "NOTSET");
  if (mode != "NOTSET" && mode != "VALID") return false;
  const Ints own = n.attrs.ints("pads", {});
  const bool own_padding = std::ranges::any_of(own, [](auto p) { return p != 0; });
  Ints sum = padding->spatial;
  for (std::size_t i = 0; i < own.size() && i < sum.size(); ++i) sum[i] += mode == "VALID" ? 0 : own[i];

  const ValueId x = input(graph, pad, 0);
  if (is_op(n, "Conv")) {
    if (padding->edge || padding->value != 0) return false;
  } else if (!simple_windows(sum, n)) {
    return false;
  } else if (is_op(n, "AveragePool")) {
    if (padding->edge || padding->value != 0 || own_padding) return false;
    n.attrs.set("count_include_pad", std::int64_t{1});
  } else {
    // The second output numbers the elements of the padded tensor.
    const bool indices = n.outputs.size() > 1 && n.outputs[1] != ValueId::kNone;
    if (indices || !max_ignores(graph, *padding, x)) return false;
  }
  n.attrs.set("pads", sum);
  n.attrs.set("auto_pad", std::string("NOTSET"));
  graph.set_input(id, 0, x);
  infer_node(graph, id);
  return true;
}

}  // namespace

bool fuse_pad_conv(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "Conv") && !is_op(graph, id, "MaxPool") && !is_op(graph, id, "AveragePool")) continue;
    const NodeId pad = made_by(graph, input(graph, id, 0), "Pad");
    if (pad != NodeId::kNone) changed |= absorb(graph, id, pad);
  }
  return changed;
}

}  // namespace onnxrun
