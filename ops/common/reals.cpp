#include "ops/common/reals.h"

#include <limits>

#include "ops/common/dispatch.h"

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

}  // namespace

Reals read_reals(const TensorView& tensor) {
  Reals out;
  if (!tensor) return out;
  dispatch(tensor.dtype, RealTypes{}, [&]<class T>() {
    const T* x = tensor.as<const T>();
    out.reserve(static_cast<std::size_t>(tensor.size));
    for (std::int64_t i = 0; i < tensor.size; ++i) out.push_back(to_real(x[i]));
  });
  return out;
}

void write_reals(const TensorView& tensor, std::span<const double> values) {
  if (!tensor) return;
  dispatch(tensor.dtype, RealTypes{}, [&]<class T>() {
    T* y = tensor.as<T>();
    for (std::size_t i = 0; i < values.size(); ++i) y[i] = from_real<T>(values[i]);
  });
}

void write_real(const TensorView& tensor, std::int64_t i, double value) {
  if (!tensor) return;
  dispatch(tensor.dtype, RealTypes{}, [&]<class T>() { tensor.as<T>()[i] = from_real<T>(value); });
}

}  // namespace onnxrun
