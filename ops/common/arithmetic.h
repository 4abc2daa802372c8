// Arithmetic that is defined for every operand: integers wrap around, a division of an integer by zero is an Error.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "engine/base/check.h"
#include "engine/base/half.h"

namespace onnxrun {

template <class T>
T wrap_add(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  } else {
    return a + b;
  }
}

template <class T>
T wrap_sub(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
  } else {
    return a - b;
  }
}

template <class T>
T wrap_mul(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  } else {
    return a * b;
  }
}

// Integers: rounds towards zero.
template <class T>
T checked_div(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    require(ErrorCode::kUsage, b != 0, "integer division by zero");
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return wrap_sub(T{0}, a);
    }
    return static_cast<T>(a / b);
  } else {
    return a / b;
  }
}

// a - b * trunc(a / b)
template <class T>
T trunc_mod(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    require(ErrorCode::kUsage, b != 0, "integer division by zero");
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return 0;
    }
    return static_cast<T>(a % b);
  } else {
    return std::fmod(a, b);
  }
}

// a - b * floor(a / b): has the sign of b, a zero too.
template <class T>
T floor_mod(T a, T b) {
  const T r = trunc_mod(a, b);
  if constexpr (std::is_integral_v<T>) {
    return r != 0 && (r < 0) != (b < 0) ? wrap_add(r, b) : r;
  } else {
    if (r == 0) return std::copysign(r, b);
    return std::signbit(r) != std::signbit(b) ? r + b : r;
  }
}

// The larger (smaller) one; a NaN wins.
template <class T>
T nan_max(T a, T b) {
  return a != a || a > b ? a : b;
}
template <class T>
T nan_min(T a, T b) {
  return a != a || a < b ? a : b;
}

// Bounds of the finite values, or of all values where there are infinities.
template <class T>
constexpr T lowest_value() {
  return std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
}
template <class T>
constexpr T highest_value() {
  return std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
}

}  // namespace onnxrun
