// What happens to a node when the dimensions of its tensors are permuted: for eliminate_transpose.
//
// A permutation q turns a tensor v into v' = Transpose(v, q): dimension i of v' is dimension q[i] of v.
#pragma once

#include <optional>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

using Perm = std::vector<int>;

Perm inverse(const Perm& q);
// Transpose(Transpose(v, first), second) = Transpose(v, then(first, second)).
Perm then(const Perm& first, const Perm& second);
bool is_identity(const Perm& q);
// The permutation of a Transpose node whose input has a known rank.
Perm perm_of(const Graph& graph, NodeId transpose);
// Adds Transpose(v, q), or returns v when q changes nothing; constants are transposed at once, unless very large.
ValueId transposed(Graph& graph, ValueId v, const Perm& q);

// A node that computes the same on permuted tensors, up to its attributes and small operands: element-wise operators, Pad,
// Concat, Split, Slice, Reduce*, Arg*, QuantizeLinear, BatchNormalization. The carried tensors are those of rank `rank` that are permuted together.
struct Permutable {
  int rank = 0;
  std::vector<int> inputs, outputs;  // positions of the carried tensors
};
// nullopt for other nodes, and where the ranks of its tensors or its operands (axes, pads) are not known.
std::optional<Permutable> permutable(const Graph& graph, NodeId id);
// Whether the node allows q: a reduction that drops dimensions must leave the others in order, BatchNormalization needs its
// channels where they are.
bool allows(const Graph& graph, NodeId id, const Perm& q);
// Adapts attributes and small operands to permuted carried tensors (which the caller exchanges).
void permute_operands(Graph& graph, NodeId id, const Perm& q);

}  // namespace onnxrun
