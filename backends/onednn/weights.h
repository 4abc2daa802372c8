// Packed weights: a constant in the layout that a primitive asked for, made once per model.
#pragma once

#include "backends/onednn/primitive.h"

namespace onnxrun::onednn {

// The elements of `constant`, which lie as `plain` says, in the layout `wanted`: its own memory where the two agree, else a
// packed copy shared through the context's cache by all plans that want the same layout.
std::shared_ptr<const void> packed(PrepareContext& ctx, const Tensor& constant, const Desc& plain, const Desc& wanted);

// Gives the primitive of `kernel` its weights: node input `input`, lying as `plain` says, as argument `argument` in the layout
// `wanted`. A constant is packed now and not read again; anything else is reordered at every run where the layouts differ.
Binding bind_weights(PrimitiveKernel& kernel, const NodeView& node, PrepareContext& ctx, int input, int argument, const Desc& plain,
                     const Desc& wanted);

// The layout of this constant's first packed copy under `use` ("matmul"): remembers `offered` when there was none. Plans for
// other shapes try it first, so that one copy serves all.
Desc shared_layout(PrepareContext& ctx, const Tensor& constant, std::string_view use, const Desc& offered);

}  // namespace onnxrun::onednn
