// The mean or maximum over both (or more) spatial dimensions is a global pool, which convolutional backends do in any layout.
//   %y = ReduceMean(%x: f32[N, C, H, W], {2, 3})                   ->  %y = GlobalAveragePool(%x)
//   %y = ReduceMax(%x, {2, 3}) {keepdims = 0}                      ->  %p = GlobalMaxPool(%x)  %y = Squeeze(%p, {2, 3})
// Not for integers, other axes, or tensors of fewer than four dimensions (where the last one is rarely spatial).
#include <algorithm>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// Whether the node reduces exactly dimensions 2 to the last.
bool over_spatial(const Graph& graph, const Node& n) {
  auto axes = known_ints(graph, input(n, 1));
  if (!axes || !has_rank(graph, n.inputs[0])) return false;
  const auto rank = static_cast<std::int64_t>(dims(graph, n.inputs[0]).size());
  for (std::int64_t& a : *axes) a += a < 0 ? rank : 0;
  std::ranges::sort(*axes);
  if (rank < 4 || static_cast<std::int64_t>(axes->size()) != rank - 2) return false;
  for (std::int64_t i = 2; i < rank; ++i) {
    if ((*axes)[static_cast<std::size_t>(i - 2)] != i) return false;
  }
  return true;
}

}  // namespace

bool reduce_to_pool(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    const bool mean = is_op(graph, id, "ReduceMean");
    if ((!mean && !is_op(graph, id, "ReduceMax")) || !is_float(graph, input(graph, id, 0)) || !over_spatial(graph, graph.node(id))) continue;
    const std::string name = graph.node(id).name;
    const bool keep = graph.node(id).attrs.i("keepdims") != 0;
    const ValueId axes = input(graph, id, 1), y = output(graph, id);
    ValueId pooled = build(graph, mean ? "GlobalAveragePool" : "GlobalMaxPool", {input(graph, id, 0)}, {}, name);
    if (!keep) pooled = build(graph, "Squeeze", {pooled, axes}, {}, name);
    replace(graph, y, pooled);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
