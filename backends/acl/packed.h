// Memory that operations have packed constants into, shared by all plans of a model that pack alike.
#pragma once

#include "engine/backend/backend.h"

namespace onnxrun::acl {

// Zeroed and aligned memory. What the library leaves out of it is the same every time.
std::shared_ptr<Tensor> zeroed(std::size_t bytes, std::size_t alignment);
std::byte* aligned(const Tensor& memory, std::size_t alignment);

// Memory with the same contents that was given here before for these weights, or `memory` itself. How the library blocks weights
// depends on more than it tells, on the sizes of the other factor for instance; equal contents serve equally.
std::shared_ptr<Tensor> shared(PrepareContext& ctx, const Tensor& weights, std::shared_ptr<Tensor> memory, std::size_t alignment);

}  // namespace onnxrun::acl
