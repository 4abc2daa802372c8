// Moving elements whose meaning doesn't matter: only their size does.
#pragma once

#include <cstdint>

#include "engine/base/tensor_view.h"

namespace onnxrun::cpu {

struct Element128 {
  std::uint64_t words[2];
};

// Whether elements of this type lie one by one in whole bytes and may be copied as such.
inline bool has_element(DType dtype) { return !holds_objects(dtype) && dtype != DType::kUndefined && dtype_bits(dtype) >= 8; }

inline std::int64_t element_bytes(DType dtype) { return dtype_bits(dtype) / 8; }

// Calls body.operator()<T>() with a T of the size of one element; only for types with has_element().
template <class Body>
void with_element(DType dtype, Body&& body) {
  switch (dtype_bits(dtype)) {
    case 8: return body.template operator()<std::uint8_t>();
    case 16: return body.template operator()<std::uint16_t>();
    case 32: return body.template operator()<std::uint32_t>();
    case 64: return body.template operator()<std::uint64_t>();
    default: return body.template operator()<Element128>();
  }
}

}  // namespace onnxrun::cpu
