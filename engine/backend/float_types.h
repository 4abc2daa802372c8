// The float types that kernels read and write, computing in f32.
#pragma once

#include "engine/backend/backend.h"

namespace onnxrun {

inline bool is_f32_like(DType t) { return t == DType::kFloat32 || t == DType::kBFloat16 || t == DType::kFloat16; }

// Why a node of one float type, in plain layout and of known rank, is refused: "" when it isn't. Looks at the inputs given
// and at the outputs wanted; `same` inputs, counted from the first, must share input 0's type.
std::string refuse_plain_floats(const NodeView& node, int same);

}  // namespace onnxrun
