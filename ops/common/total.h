// The type that sums and products of many elements of T are kept in: double, or 64-bit integers that wrap around.
#pragma once

#include <cstdint>
#include <type_traits>

namespace onnxrun {

template <class T>
using Total = std::conditional_t<!std::is_integral_v<T>, double, std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;

}  // namespace onnxrun
