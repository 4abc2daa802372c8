// Elements smaller than a byte lie packed (engine/base/packed.h). Here they are moved as bytes.
#pragma once

#include <vector>

#include "engine/base/packed.h"
#include "engine/ir/reference.h"
#include "ops/common/dispatch.h"

namespace onnxrun {

inline std::vector<std::uint8_t> unpack(const TensorView& view) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(view.size));
  for (std::int64_t i = 0; i < view.size; ++i) out[static_cast<std::size_t>(i)] = packed_element(view.data, dtype_bits(view.dtype), i);
  return out;
}

inline void pack(const std::vector<std::uint8_t>& elements, const TensorView& to) {
  std::fill_n(to.as<std::uint8_t>(), dtype_bytes(to.dtype, to.size), std::uint8_t{0});
  for (std::int64_t i = 0; i < to.size; ++i) set_packed_element(to.data, dtype_bits(to.dtype), i, elements[static_cast<std::size_t>(i)]);
}

// Copies `count` elements of any fixed size, or strings, from element `at` of `from` to element `to_at` of `to`.
inline void copy_run(DType dtype, const void* from, std::int64_t at, void* to, std::int64_t to_at, std::int64_t count) {
  if (const int bits = dtype_bits(dtype); bits < 8) {
    for (std::int64_t i = 0; i < count; ++i) set_packed_element(to, bits, to_at + i, packed_element(from, bits, at + i));
    return;
  }
  dispatch_by_size(dtype, [&]<class T>() { std::copy_n(static_cast<const T*>(from) + at, count, static_cast<T*>(to) + to_at); });
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
