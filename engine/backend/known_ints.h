// Inputs that hold shape arithmetic: their elements, when they are known before the run.
#pragma once

#include <optional>

#include "engine/backend/backend.h"

namespace onnxrun {

// The elements of an int32 or int64 tensor.
std::vector<std::int64_t> ints_of(const TensorView& view);
// Those of input i when it is a constant or inference knows them as numbers.
std::optional<std::vector<std::int64_t>> known_ints(const NodeView& node, int i);

}  // namespace onnxrun
