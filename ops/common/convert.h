// Conversion between element types.
#pragma once

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/base/half.h"
#include "engine/base/tensor_view.h"
#include "ops/common/dispatch.h"

namespace onnxrun {

// `d` as float, rounded to odd: rounding the result once more, to fewer bits, is then the same as rounding `d` itself.
inline float round_to_odd(double d) {
  const float f = static_cast<float>(d);
  if (static_cast<double>(f) == d || !std::isfinite(f)) return f;
  const auto bits = std::bit_cast<std::uint32_t>(f);
  if (bits & 1u) return f;
  return std::bit_cast<float>(std::abs(static_cast<double>(f)) < std::abs(d) ? bits + 1 : bits - 1);
}

// A number as To. Floating point to integer: towards zero, what is out of range becomes the nearest number in range, NaN 0.
// Integer to integer: the low bits. To bool: whether it is not 0.
template <class To, class From>
To convert_element(From v) {
  if constexpr (std::is_same_v<From, To>) {
    return v;
  } else if constexpr (std::is_same_v<From, Float16> || std::is_same_v<From, BFloat16>) {
    return convert_element<To>(static_cast<float>(v));
  } else if constexpr (std::is_same_v<To, Float16> || std::is_same_v<To, BFloat16>) {
    if constexpr (std::is_same_v<From, float>) {
      return To(v);
    } else {
      return To(round_to_odd(static_cast<double>(v)));
    }
  } else if constexpr (std::is_same_v<To, bool>) {
    return v != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // 2^digits is exact in From, max() may not be.
    const From top = std::ldexp(From{1}, std::numeric_limits<To>::digits);
    if (!(v == v)) return 0;
    if (v >= top) return std::numeric_limits<To>::max();
    if (v <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    return static_cast<To>(v);
  } else {
    return static_cast<To>(v);
  }
}

// All elements of a number or bool tensor.
template <class To>
std::vector<To> converted(const TensorView& from) {
  std::vector<To> out(static_cast<std::size_t>(from.size));
  dispatch(from.dtype, NumberAndBoolTypes{}, [&]<class T>() {
    for (std::int64_t i = 0; i < from.size; ++i) out[static_cast<std::size_t>(i)] = convert_element<To>(load(from.as<const T>(), i));
  });
  return out;
}

}  // namespace onnxrun
