#include "ops/common/reals.h"

#include <algorithm>
#include <limits>

#include "engine/base/packed.h"
#include "ops/common/dispatch.h"
#include "ops/common/small_numbers.h"

namespace onnxrun {
namespace {

using RealTypes = TypeList<float, double, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                           std::uint16_t, std::uint32_t, std::uint64_t, bool>;

template <class T>
double to_real(T x) {
  if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
    return static_cast<float>(x);
  } else {
    return static_cast<double>(x);
  }
}

template <class T>
T from_real(double x) {
  if constexpr (std::is_same_v<T, bool>) {
    return x != 0;
  } else if constexpr (std::is_integral_v<T>) {
    using Limits = std::numeric_limits<T>;
    if (x != x) return 0;
    const double rounded = round_even(x);
    if (rounded <= static_cast<double>(Limits::lowest())) return Limits::lowest();
    return rounded >= static_cast<double>(Limits::max()) ? Limits::max() : static_cast<T>(rounded);
  } else if constexpr (std::is_same_v<T, double>) {
    return x;
  } else {
    return static_cast<T>(static_cast<float>(x));
  }
}

std::uint8_t small_code(const TensorView& tensor, std::int64_t i) { return packed_element(tensor.data, dtype_bits(tensor.dtype), i); }

void set_small_code(const TensorView& tensor, std::int64_t i, std::uint8_t code) {
  set_packed_element(tensor.data, dtype_bits(tensor.dtype), i, code);
}

}  // namespace

Reals read_reals(const TensorView& tensor) {
  Reals out;
  if (!tensor) return out;
  if (is_small_number(tensor.dtype)) {
    for (std::int64_t i = 0; i < tensor.size; ++i) out.push_back(decode_small(tensor.dtype, small_code(tensor, i)));
    return out;
  }
  dispatch(tensor.dtype, RealTypes{}, [&]<class T>() {
    const T* x = tensor.as<const T>();
    out.reserve(static_cast<std::size_t>(tensor.size));
    for (std::int64_t i = 0; i < tensor.size; ++i) out.push_back(to_real(x[i]));
  });
  return out;
}

void write_reals(const TensorView& tensor, std::span<const double> values, bool saturate) {
  if (!tensor) return;
  if (is_small_number(tensor.dtype)) {
    std::fill_n(tensor.as<std::uint8_t>(), dtype_bytes(tensor.dtype, tensor.size), std::uint8_t{0});
    for (std::size_t i = 0; i < values.size(); ++i) {
      set_small_code(tensor, static_cast<std::int64_t>(i), encode_small(tensor.dtype, values[i], saturate));
    }
    return;
  }
  dispatch(tensor.dtype, RealTypes{}, [&]<class T>() {
    T* y = tensor.as<T>();
    for (std::size_t i = 0; i < values.size(); ++i) y[i] = from_real<T>(values[i]);
  });
}

void write_real(const TensorView& tensor, std::int64_t i, double value) {
  if (!tensor) return;
  if (is_small_number(tensor.dtype)) return set_small_code(tensor, i, encode_small(tensor.dtype, value));
  dispatch(tensor.dtype, RealTypes{}, [&]<class T>() { tensor.as<T>()[i] = from_real<T>(value); });
}

}  // namespace onnxrun
