// Which element types an operator takes, found out by asking the operator itself, so that no list of them can be wrong.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/op_def.h"

namespace onnxrun {

// For each input that the operator must have: the types with which inference and the reference kernel let a node pass. Every type is
// tried on the smallest tensors; where none can be made up (attributes without defaults, inputs that must fit together), inference alone
// has been asked. Empty where it knows nothing either: an operator that is rewritten at import. Takes some milliseconds an operator.
std::vector<std::vector<DType>> accepted_types(const OpDef& op);

// The same question for the nodes of one model, each with the types that it has: an operator is asked once for the same types.
class InputTypes {
 public:
  // Throws Error(kBadModel), naming the types that would do, when the reference kernel can't take those of the node's inputs. Silent about
  // operators that are not of the standard, have subgraphs or lists, or could not be tried, and about types that are not known.
  void check(const Graph& graph, NodeId node);

 private:
  std::set<std::pair<const OpDef*, std::vector<DType>>> taken_;
};

}  // namespace onnxrun
