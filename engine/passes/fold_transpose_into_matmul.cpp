// A matrix product reads its factors transposed, when that is all that a Transpose did.
//   %t = Transpose(%b) {perm = [0, 1, 3, 2]}  %y = onnxrun.FusedMatMul(%a, %t)
//   ->  %y = onnxrun.FusedMatMul(%a, %b) {transB = 1}
// Other readers of %t keep it. Not for permutations of other than the last two dimensions.
#include <algorithm>

#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/permute.h"

namespace onnxrun {
namespace {

bool swaps_last_two(Perm q) {
  if (q.size() < 2) return false;
  std::swap(q[q.size() - 1], q[q.size() - 2]);
  return is_identity(q);
}

bool absorb(Graph& graph, NodeId product, int factor, const char* attribute) {
  const NodeId t = made_by(graph, input(graph, product, factor), "Transpose");
  if (t == NodeId::kNone || !has_rank(graph, input(graph, t, 0)) || !swaps_last_two(perm_of(graph, t))) return false;
  graph.set_input(product, factor, input(graph, t, 0));
  Attributes& attrs = graph.node(product).attrs;
  attrs.set(attribute, 1 - attrs.i(attribute));
  return true;
}

}  // namespace

bool fold_transpose_into_matmul(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "FusedMatMul", kInternal)) continue;
    changed |= absorb(graph, id, 0, "transA");
    changed |= absorb(graph, id, 1, "transB");
  }
  return changed;
}

}  // namespace onnxrun
