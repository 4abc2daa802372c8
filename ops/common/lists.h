// Sequences, optionals and maps: their types, and what they hold.
#pragma once

#include <vector>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"

namespace onnxrun {

// Throws Error(kBadModel) when input i is known to be anything else than `kind`.
void want_list(const InferContext& ctx, int i, DType kind);
// The type of an element of the list that is input i, with a fresh symbol for every size that isn't a number.
Type element_type(InferContext& ctx, int i);
// Whether dtypes (of elements and keys too, where they are known) agree.
bool same_kind(const Type& a, const Type& b);
// What is true of a value that has either type: fresh dimensions where they differ. Throws Error(kBadModel) unless same_kind().
Type either_type(InferContext& ctx, const Type& a, const Type& b);

// What the list that is input i holds.
inline const std::vector<Tensor>& list(const ReferenceContext& ctx, int i) { return *ctx.in(i).as<const std::vector<Tensor>>(); }
// Makes output i a list of `elements`, which must own their memory. Throws Error(kOutOfResources) when they pass the memory ceiling.
void write_list(ReferenceContext& ctx, int i, std::vector<Tensor> elements);
// A tensor of its own with the elements of `view`, within the memory ceiling; a list's elements are shared.
Tensor owned(ReferenceContext& ctx, const TensorView& view);

}  // namespace onnxrun
