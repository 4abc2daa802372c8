// Numpy broadcasting, of types and of elements.
#pragma once

#include <optional>
#include <span>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/strided.h"

namespace onnxrun {

// What `a` and `b` broadcast to; nullopt when only concrete sizes can tell. A number other than 1 beats a symbol. Throws
// Error(kBadModel) when they never can.
std::optional<Dim> broadcast_dim(const Dim& a, const Dim& b);
// Of whole shapes, aligned at the last dimension; what is not known becomes a fresh symbol.
Dims broadcast_dims(InferContext& ctx, const Dims& a, const Dims& b);
// Output 0 gets `dtype` and the shape that the given inputs from `first` on broadcast to.
void infer_broadcast(InferContext& ctx, DType dtype, int first = 0);

// out(0)[i] = f(in(0)[i], in(1)[i]) for inputs of element types X and Y and an output of Z.
template <class X, class Y, class Z, class F>
void map_broadcast(ReferenceContext& ctx, F f) {
  const auto shape = ctx.out(0).shape;
  const X* x = ctx.in(0).as<const X>();
  const Y* y = ctx.in(1).as<const Y>();
  Z* z = ctx.out(0).as<Z>();
  walk<3>(shape, {dense_strides(shape), broadcast_strides(ctx.in(0).shape, shape), broadcast_strides(ctx.in(1).shape, shape)},
          [&](const auto& at) { z[at[0]] = f(x[at[1]], y[at[2]]); });
}

}  // namespace onnxrun
