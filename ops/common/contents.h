// Shape arithmetic: what inference knows of the elements of small integer tensors (Value::contents). Bools are 0 and 1.
#pragma once

#include <optional>
#include <vector>

#include "engine/ir/infer.h"

namespace onnxrun {

using Contents = std::vector<Dim>;

// The elements of input i (integers or bools, rank 0 or 1), when all of them are known, symbolically at least.
std::optional<Contents> contents_of(const InferContext& ctx, int i);
// The same as numbers.
std::optional<std::vector<std::int64_t>> numbers_of(const InferContext& ctx, int i);
// The one element of a scalar or of a vector of one. Throws Error(kBadModel) when the input is known to have another count.
std::optional<std::int64_t> number_of(const InferContext& ctx, int i);
// The number of elements of the vector input i, when it is known.
std::optional<std::int64_t> length_of(const InferContext& ctx, int i);

// What can be said of a == b and a < b for all values of their symbols.
std::optional<bool> equal(const Dim& a, const Dim& b);
std::optional<bool> less(const Dim& a, const Dim& b);

// Two elements in, one out; nullopt: nothing is known of the result.
using ContentsFn = std::optional<Dim> (*)(const Dim& a, const Dim& b);
// Sets the contents of output 0 to those of all inputs folded by f from left to right, with broadcasting, if they are known.
void fold_contents(InferContext& ctx, ContentsFn f);
// Output 0 holds input 0's elements in the same order; call after its type was set.
void pass_contents(InferContext& ctx);

}  // namespace onnxrun
