// What infer functions demand of their inputs' element types. A type that is not known yet passes.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>

#include "engine/base/check.h"
#include "engine/ir/infer.h"

namespace onnxrun {

inline void want_dtype(const InferContext& ctx, int i, std::initializer_list<DType> allowed) {
  if (!ctx.has(i) || ctx.dtype(i) == DType::kUndefined || std::ranges::find(allowed, ctx.dtype(i)) != allowed.end()) return;
  std::string names;
  for (const DType d : allowed) names += (names.empty() ? "" : " or ") + std::string(dtype_name(d));
  fail(ErrorCode::kBadModel, "input {} has element type {}, want {}", i, dtype_name(ctx.dtype(i)), names);
}

inline void want_same_dtype(const InferContext& ctx, int a, int b) {
  if (!ctx.has(a) || !ctx.has(b) || ctx.dtype(a) == DType::kUndefined || ctx.dtype(b) == DType::kUndefined) return;
  require(ctx.dtype(a) == ctx.dtype(b), "inputs {} and {} have element types {} and {}, want the same", a, b,
          dtype_name(ctx.dtype(a)), dtype_name(ctx.dtype(b)));
}

// Of all inputs, which must all be given.
inline void want_same_dtypes(const InferContext& ctx) {
  for (int i = 1; i < ctx.inputs(); ++i) {
    require(ctx.has(i), "input {} is missing", i);
    want_same_dtype(ctx, 0, i);
  }
}

inline void want_rank(const InferContext& ctx, int i, int rank) {
  require(!ctx.has_shape(i) || ctx.rank(i) == rank, "input {} has rank {}, want {}", i, ctx.has_shape(i) ? ctx.rank(i) : 0, rank);
}

// An attribute that holds a number of TensorProto.DataType.
inline DType dtype_attribute(const Attributes& attrs, std::string_view name) {
  const std::int64_t v = attrs.i(name);
  require(v > 0 && v <= static_cast<std::int64_t>(DType::kFloat6E3M2), "attribute {} = {} is not an element type", name, v);
  return static_cast<DType>(v);
}

}  // namespace onnxrun
