// From a DType to a C++ type, for reference kernels.
#pragma once

#include <type_traits>

#include "engine/base/check.h"
#include "engine/base/half.h"
#include "onnxrun/tensor.h"

namespace onnxrun {

template <class... Ts>
struct TypeList {};

using FloatTypes = TypeList<float, double, Float16, BFloat16>;
using IntTypes = TypeList<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
using NumberTypes = TypeList<float, double, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                             std::uint16_t, std::uint32_t, std::uint64_t>;

template <class... As, class... Bs>
constexpr TypeList<As..., Bs...> join(TypeList<As...>, TypeList<Bs...>) {
  return {};
}
using NumberAndBoolTypes = decltype(join(NumberTypes{}, TypeList<bool>{}));
using SignedTypes = TypeList<float, double, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t, std::int64_t>;
using IndexTypes = TypeList<std::int64_t, std::int32_t>;

// Calls body.operator()<T>() for the T of the list whose DType is `dtype`. Throws Error(kUnsupported) when it isn't listed.
template <class... Ts, class Body>
void dispatch(DType dtype, TypeList<Ts...>, Body&& body) {
  const bool found = ((DTypeOf<Ts>::value == dtype ? (body.template operator()<Ts>(), true) : false) || ...);
  require(ErrorCode::kUnsupported, found, "element type {} is not allowed here", dtype_name(dtype));
}

// Element i. A bool is read as a byte, since a model's file may hold other values than 0 and 1.
template <class T>
T load(const T* data, std::int64_t i) {
  if constexpr (std::is_same_v<T, bool>) {
    return reinterpret_cast<const unsigned char*>(data)[i] != 0;
  } else {
    return data[i];
  }
}

// The type that arithmetic on T is done in: float for the 16-bit floats, T itself otherwise.
template <class T>
using Compute = std::conditional_t<std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>, float, T>;

// Moves whole elements of any fixed-size type (and strings): calls body.operator()<T>() with a T of the element's size.
template <class Body>
void dispatch_by_size(DType dtype, Body&& body) {
  if (dtype == DType::kString) return body.template operator()<std::string>();
  switch (dtype_bits(dtype)) {
    case 8: return body.template operator()<std::uint8_t>();
    case 16: return body.template operator()<std::uint16_t>();
    case 32: return body.template operator()<std::uint32_t>();
    case 64: return body.template operator()<std::uint64_t>();
    case 128: return body.template operator()<std::complex<double>>();
    default: fail(ErrorCode::kUnsupported, "element type {} is not allowed here", dtype_name(dtype));
  }
}

}  // namespace onnxrun
