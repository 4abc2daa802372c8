// Packed weights: a constant in the layout that a primitive asked for, made once per model.
#pragma once

#include "backends/onednn/primitive.h"

namespace onnxrun::onednn {

// The elements of `constant`, which lie as `plain` says, in the layout `wanted`: its own memory where the two agree, else a
// packed copy shared through the context's cache by all plans that want the same layout. `variant` tells layouts apart that only
// differ in the sums that 8-bit weights carry with them.
std::shared_ptr<const void> packed(PrepareContext& ctx, const Tensor& constant, const Desc& plain, const Desc& wanted,
                                   std::string_view variant = {});

// Gives the primitive of `kernel` its weights: node input `input`, lying as `plain` says, as argument `argument` in the layout
// `wanted`. A constant is packed now and not read again; anything else is reordered at every run where the layouts differ.
Binding bind_weights(PrimitiveKernel& kernel, const NodeView& node, PrepareContext& ctx, int input, int argument,
                     const Desc& plain, const Desc& wanted, std::string_view variant = {});

// The layout that was chosen for this constant, seen as `sizes`, when it was asked for first: `offered`, now or earlier.
Desc shared_layout(PrepareContext& ctx, const Tensor& constant, const Desc& offered, std::string_view variant);

// The descriptor that make(weights desc) creates for constant weights of these sizes, in the layout that plans for other shapes
// have chosen before where the same implementation takes it, so that one packed copy serves all; else in its own.
template <class Make>
auto with_shared_layout(PrepareContext& ctx, const Tensor& constant, const Sizes& sizes, const Make& make,
                        std::string_view variant = {}) {
  const auto own = make(Desc(sizes, data_type(constant.dtype()), dnnl::memory::format_tag::any));
  const Desc shared = shared_layout(ctx, constant, own.weights_desc(), variant);
  if (shared == own.weights_desc()) return own;
  try {
    const auto other = make(shared);
    if (std::string_view(other.impl_info_str()) == own.impl_info_str()) return other;
  } catch (const dnnl::error&) {  // this layout can't be had for these shapes
  }
  return own;
}

}  // namespace onnxrun::onednn
