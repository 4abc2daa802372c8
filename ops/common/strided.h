// Walking over tensors whose elements do not lie in the order they are visited in: broadcasting, transposing, slicing.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "onnxrun/tensor.h"

namespace onnxrun {

using Strides = std::vector<std::int64_t>;  // in elements, one per dimension

// Of a row-major tensor.
Strides dense_strides(std::span<const std::int64_t> shape);
// With which a row-major tensor of shape `from` is read as one of shape `to`: 0 along the dimensions that repeat. Throws
// Error(kBadModel) when `from` does not broadcast to `to`.
Strides broadcast_strides(std::span<const std::int64_t> from, std::span<const std::int64_t> to);
// Drops dimensions of size 1 and joins neighbours that every set of strides crosses without a jump; at least one dimension
// is left. The order of visits stays the same.
void collapse(Shape& shape, std::span<Strides> strides);

// Calls f(at) for every element of `shape` in row-major order; at[k] is the sum of index * strides[k] so far.
template <std::size_t K, class F>
void walk(std::span<const std::int64_t> dims, std::array<Strides, K> strides, F&& f) {
  Shape shape(dims.begin(), dims.end());
  for (const std::int64_t d : shape) {
    if (d == 0) return;
  }
  collapse(shape, strides);
  const std::size_t last = shape.size() - 1;
  std::array<std::int64_t, K> base{}, step{};
  for (std::size_t k = 0; k < K; ++k) step[k] = strides[k][last];
  Shape index(last, 0);
  for (;;) {
    std::array<std::int64_t, K> at = base;
    for (std::int64_t i = 0; i < shape[last]; ++i) {
      f(static_cast<const std::array<std::int64_t, K>&>(at));
      for (std::size_t k = 0; k < K; ++k) at[k] += step[k];
    }
    std::size_t d = last;
    for (; d > 0; --d) {
      const std::size_t j = d - 1;
      if (++index[j] < shape[j]) {
        for (std::size_t k = 0; k < K; ++k) base[k] += strides[k][j];
        break;
      }
      index[j] = 0;
      for (std::size_t k = 0; k < K; ++k) base[k] -= strides[k][j] * (shape[j] - 1);
    }
    if (d == 0) return;
  }
}

}  // namespace onnxrun
