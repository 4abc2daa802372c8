// Copying by one list of source indices per dimension: padding, reversing, nearest-neighbour resizing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ops/common/strided.h"

namespace onnxrun {

// source[d][i]: which index of dimension d of the input output index i takes; -1: none, the element is filled.
using IndexMaps = std::vector<std::vector<std::int64_t>>;

namespace detail {

template <class T>
T* copy_mapped(const T* x, std::span<const std::vector<std::int64_t>> maps, std::span<const std::int64_t> strides, const T& fill, T* y) {
  if (maps.empty()) {
    *y = x == nullptr ? fill : *x;
    return y + 1;
  }
  for (const std::int64_t i : maps[0]) {
    y = copy_mapped(x == nullptr || i < 0 ? nullptr : x + i * strides[0], maps.subspan(1), strides.subspan(1), fill, y);
  }
  return y;
}

}  // namespace detail

// Writes the output, whose sizes are those of the maps, in row-major order.
template <class T>
void copy_by_maps(const T* x, std::span<const std::int64_t> shape, const IndexMaps& maps, const T& fill, T* y) {
  const Strides strides = dense_strides(shape);
  detail::copy_mapped<T>(x, maps, strides, fill, y);
}

}  // namespace onnxrun
