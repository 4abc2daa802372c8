// Plain tensors for primitives that are only fast on channels-last ones: copies around them.
#pragma once

#include "backends/onednn/primitive.h"

namespace onnxrun::onednn {

// Input 0 and output 0 of a node as its primitive sees them.
struct Staged {
  Desc src, dst;
  Place from, to;
  bool copied_in = false, copied_out = false;  // `from`, `to` are scratch memory
};

// As they are: plain or channels-last.
Staged unstaged(const NodeView& node);
// Channels-last. A plain input 0 is copied to scratch memory by `kernel` first, which costs nothing where its spatial sizes are
// all 1; and stage_out(), once the primitive is added, copies the result to a plain output 0.
Staged stage_in(PrimitiveKernel& kernel, const NodeView& node);
void stage_out(PrimitiveKernel& kernel, const NodeView& node, const Staged& staged);
// Copies plain input `input` to where the result will be, for a primitive that adds to it.
void stage_residual(PrimitiveKernel& kernel, const NodeView& node, const Staged& staged, int input);

// Adds a stage that copies elements between two places of possibly different layouts.
void add_reorder(PrimitiveKernel& kernel, const Desc& from, Place source, const Desc& to, Place target);

}  // namespace onnxrun::onednn
