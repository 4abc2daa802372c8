// MapCopy: copies by one list of source indices per dimension. Padding and nearest-neighbour resizing are this.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/backend/backend.h"

namespace onnxrun::cpu {

class MapCopy {
 public:
  // maps[d][i]: which index of the input's dimension d output index i takes; -1: none, the element is filled. Dimensions
  // and `shape` (the input's) are in memory order. The element type must have has_element().
  MapCopy(DType dtype, const Shape& shape, const std::vector<std::vector<std::int64_t>>& maps);
  // `fill` points to one element; null for zeros.
  void run(const void* from, void* to, const void* fill, const Parallel& parallel) const;

 private:
  // A part of an innermost row: `count` elements from offset `from` of the input's row, or filled (-1).
  struct Segment {
    std::int64_t from, count;
  };
  template <class T>
  void rows(const T* from, T* to, T fill, std::int64_t begin, std::int64_t end) const;

  DType dtype_;
  std::vector<std::vector<std::int64_t>> outer_;  // element offsets per outer dimension, or -1
  std::vector<Segment> segments_;
  std::vector<std::int64_t> gather_;  // instead of segments_, when those would be short: an offset per element
  std::int64_t row_ = 0, rows_ = 1;
};

}  // namespace onnxrun::cpu
