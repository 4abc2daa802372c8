// What infer functions demand of their inputs' shapes. What is not known yet passes, and so do absent inputs.
#pragma once

#include <span>
#include <string_view>

#include "ops/common/checks.h"

namespace onnxrun {

// Element type float, double, float16 or bfloat16.
void want_float(const InferContext& ctx, int i);
void want_min_rank(const InferContext& ctx, int i, int rank);
// Exactly this shape.
void want_shape(const InferContext& ctx, int i, const Dims& want);
// One element, as a scalar or with dimensions of 1.
void want_single(const InferContext& ctx, int i);
// A shape that broadcasts to `to` without changing it.
void want_broadcast(const InferContext& ctx, int i, const Dims& to);
// Two sizes that must be the same: throws when both are known and differ. Returns the one that says more.
Dim same_dim(const Dim& a, const Dim& b, std::string_view what);

}  // namespace onnxrun
