// Which element types an operator takes, found out by asking the operator itself, so that no list of them can be wrong.
#pragma once

#include <vector>

#include "engine/ir/op_def.h"

namespace onnxrun {

// For each input that the operator must have: the types with which inference and the reference kernel let a node pass. Every type is
// tried on the smallest tensors; where none can be made up (attributes without defaults, inputs that must fit together), inference alone
// has been asked. Empty where it knows nothing either: an operator that is rewritten at import. Takes some milliseconds an operator.
std::vector<std::vector<DType>> accepted_types(const OpDef& op);

}  // namespace onnxrun
