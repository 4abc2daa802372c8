// Copying elements of any type, packed ones, strings and lists too.
#pragma once

#include "engine/base/check.h"
#include "engine/ir/reference.h"

namespace onnxrun {

inline void copy_elements(const TensorView& from, const TensorView& to) {
  require(from.dtype == to.dtype && from.size == to.size, "cannot copy {} elements of {} to {} of {}", from.size,
          dtype_name(from.dtype), to.size, dtype_name(to.dtype));
  copy_elements(from.dtype, from.size, from.data, to.data);
}

// The reference of operators whose output is input 0 under another shape.
inline void copy_reference(ReferenceContext& ctx) { copy_elements(ctx.in(0), ctx.out(0)); }

}  // namespace onnxrun
