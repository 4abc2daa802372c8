// Inference rules that many operators share.
#pragma once

#include "engine/ir/infer.h"

namespace onnxrun {

// Output 0 has input 0's dtype, shape and layout.
inline void infer_same(InferContext& ctx) {
  Type type = ctx.in(0);
  if (!ctx.node().op->traits.elementwise) type.layout = Layout::kPlain;
  ctx.set(0, std::move(type));
}

}  // namespace onnxrun
