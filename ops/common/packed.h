// Elements smaller than a byte lie packed, the first in the low bits. Here they are moved as bytes.
#pragma once

#include <vector>

#include "engine/ir/reference.h"
#include "ops/common/dispatch.h"

namespace onnxrun {

// Element i's bits.
inline std::uint8_t packed_at(const void* data, int bits, std::int64_t i) {
  const std::int64_t at = i * bits;
  return static_cast<std::uint8_t>((static_cast<const std::uint8_t*>(data)[at / 8] >> (at % 8)) & ((1 << bits) - 1));
}

inline std::vector<std::uint8_t> unpack(const TensorView& view) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(view.size));
  for (std::int64_t i = 0; i < view.size; ++i) out[static_cast<std::size_t>(i)] = packed_at(view.data, dtype_bits(view.dtype), i);
  return out;
}

inline void pack(const std::vector<std::uint8_t>& elements, const TensorView& to) {
  const int bits = dtype_bits(to.dtype);
  auto* bytes = to.as<std::uint8_t>();
  std::fill_n(bytes, dtype_bytes(to.dtype, to.size), std::uint8_t{0});
  for (std::int64_t i = 0; i < to.size; ++i) {
    const std::int64_t at = i * bits;
    const int value = (elements[static_cast<std::size_t>(i)] & ((1 << bits) - 1)) << (at % 8);
    bytes[at / 8] = static_cast<std::uint8_t>(bytes[at / 8] | value);
  }
}

// Calls move.operator()<T>(x, y) with input 0's and output 0's elements, T being a type of their size; packed ones come as
// bytes and are packed again afterwards.
template <class Move>
void with_unpacked(ReferenceContext& ctx, Move&& move) {
  if (dtype_bits(ctx.in(0).dtype) >= 8) {
    return dispatch_by_size(ctx.in(0).dtype, [&]<class T>() { move.template operator()<T>(ctx.in(0).as<const T>(), ctx.out(0).as<T>()); });
  }
  const std::vector<std::uint8_t> x = unpack(ctx.in(0));
  std::vector<std::uint8_t> y(static_cast<std::size_t>(ctx.out(0).size));
  move.template operator()<std::uint8_t>(x.data(), y.data());
  pack(y, ctx.out(0));
}

}  // namespace onnxrun
