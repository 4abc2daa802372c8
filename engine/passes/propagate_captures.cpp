// Subgraphs get the constants that they capture as constants of their own (the memory is shared), so that they fold and fuse;
// captures that no subgraph reads go.
//   %w = const f32[] {2}
//   %y = If(%c | %x, %w) then_branch { graph t(%a: f32[4], %b: f32[]) -> (%r) { %r = Mul(%a, %b) } } ...
//     ->  %y = If(%c | %x) then_branch { graph t(%a: f32[4]) -> (%r) { %b = const f32[] {2}  %r = Mul(%a, %b) } } ...
#include <algorithm>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// The input of a subgraph that is capture `k` of its node.
ValueId& captured(const Node& n, Graph& sub, int k) {
  return sub.inputs[sub.inputs.size() - static_cast<std::size_t>(n.captures) + static_cast<std::size_t>(k)];
}

bool is_read(const Node& n, int k) {
  return std::ranges::any_of(n.subgraphs, [&](const Subgraph& s) { return s.graph->use_count(captured(n, *s.graph, k)) > 0; });
}

// Takes capture `k` out of the node and its subgraphs, where nobody reads it any more.
void drop_capture(Graph& g, NodeId id, int k) {
  Node& n = g.node(id);
  for (Subgraph& s : n.subgraphs) s.graph->inputs.erase(std::ranges::find(s.graph->inputs, captured(n, *s.graph, k)));
  const int count = static_cast<int>(n.inputs.size());
  for (int i = count - n.captures + k; i + 1 < count; ++i) g.set_input(id, i, n.inputs[static_cast<std::size_t>(i) + 1]);
  g.resize_inputs(id, n.inputs.size() - 1);
  --n.captures;
}

bool propagate(Graph& g, NodeId id) {
  bool changed = false;
  for (int k = g.node(id).captures - 1; k >= 0; --k) {
    Node& n = g.node(id);
    const ValueId outer = n.inputs[n.inputs.size() - static_cast<std::size_t>(n.captures) + static_cast<std::size_t>(k)];
    if (const Tensor* t = constant(g, outer)) {
      for (Subgraph& s : n.subgraphs) {
        const ValueId inner = captured(n, *s.graph, k);
        if (s.graph->use_count(inner) > 0) s.graph->replace_uses(inner, s.graph->add_constant(*t));
      }
    } else if (is_read(n, k)) {
      continue;
    }
    drop_capture(g, id, k);
    changed = true;
  }
  if (!changed) return false;
  for (Subgraph& s : g.node(id).subgraphs) s.graph->remove_dead();
  infer_node(g, id);
  return true;
}

}  // namespace

bool propagate_captures(Graph& g, const PassContext&) {
  bool changed = false;
  for (const NodeId id : g.topological_order()) changed |= propagate(g, id);
  return changed;
}

}  // namespace onnxrun
