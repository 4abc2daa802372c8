// Elements of constant tensors as C++ numbers.
#pragma once

#include <type_traits>
#include <vector>

#include "engine/base/half.h"
#include "onnxrun/tensor.h"

namespace onnxrun {

// Calls body.operator()<T>() for the C++ type of a float or integer dtype; false when it has none.
template <class Body>
bool with_number_type(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::kFloat32: body.template operator()<float>(); return true;
    case DType::kFloat64: body.template operator()<double>(); return true;
    case DType::kFloat16: body.template operator()<Float16>(); return true;
    case DType::kBFloat16: body.template operator()<BFloat16>(); return true;
    case DType::kInt8: body.template operator()<std::int8_t>(); return true;
    case DType::kInt16: body.template operator()<std::int16_t>(); return true;
    case DType::kInt32: body.template operator()<std::int32_t>(); return true;
    case DType::kInt64: body.template operator()<std::int64_t>(); return true;
    case DType::kUInt8: body.template operator()<std::uint8_t>(); return true;
    case DType::kUInt16: body.template operator()<std::uint16_t>(); return true;
    case DType::kUInt32: body.template operator()<std::uint32_t>(); return true;
    case DType::kUInt64: body.template operator()<std::uint64_t>(); return true;
    default: return false;
  }
}

template <class T>
constexpr bool kIsHalf = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;

template <class T>
double to_double(T v) {
  if constexpr (kIsHalf<T>) {
    return static_cast<float>(v);
  } else {
    return static_cast<double>(v);
  }
}

template <class T>
T from_double(double v) {
  if constexpr (kIsHalf<T>) {
    return T(static_cast<float>(v));
  } else {
    return static_cast<T>(v);
  }
}

// The elements of a float or integer tensor as doubles; none for other types.
std::vector<double> numbers(const Tensor& tensor);
// The inverse, rounded to `dtype` (a float type).
Tensor tensor_of(DType dtype, Shape shape, const std::vector<double>& values);
Tensor ints_tensor(const std::vector<std::int64_t>& values);

}  // namespace onnxrun
