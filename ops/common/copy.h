// Copying elements of any type, packed ones and strings too.
#pragma once

#include <cstring>

#include "engine/base/check.h"
#include "engine/ir/reference.h"

namespace onnxrun {

inline void copy_elements(const TensorView& from, const TensorView& to) {
  require(from.dtype == to.dtype && from.size == to.size, "cannot copy {} elements of {} to {} of {}", from.size,
          dtype_name(from.dtype), to.size, dtype_name(to.dtype));
  if (from.dtype == DType::kString) {
    std::copy_n(from.as<const std::string>(), from.size, to.as<std::string>());
  } else if (from.size != 0 && from.data != to.data) {
    std::memcpy(to.data, from.data, dtype_bytes(from.dtype, from.size));
  }
}

// The reference of operators whose output is input 0 under another shape.
inline void copy_reference(ReferenceContext& ctx) { copy_elements(ctx.in(0), ctx.out(0)); }

}  // namespace onnxrun
