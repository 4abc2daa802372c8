// The inner part of a matrix product in f32: y = scale * a . b + bias + residual for some rows and columns.
#pragma once

#include <cstddef>

namespace onnxrun::cpu {

struct MatMulBlock {
  const float* a = nullptr;         // rows `a_stride` apart
  const float* packed = nullptr;    // b in panels of tile_columns, `depth` rows each
  float* y = nullptr;               // rows `width` apart
  const float* bias = nullptr;      // [width], or null
  const float* residual = nullptr;  // as y, or null
  std::size_t rows = 0, depth = 0, width = 0, a_stride = 0;
  float scale = 1.0f;
};

struct MatMulFunctions {
  std::size_t tile_columns;
  // Panel `panel` of b: [depth, width] or, transposed, [width, depth], rows `stride` apart.
  void (*pack)(const float* b, std::size_t stride, bool transposed, std::size_t depth, std::size_t width, std::size_t panel,
               float* packed);
  // Panels [first, last).
  void (*multiply)(const MatMulBlock& block, std::size_t first, std::size_t last);
};
MatMulFunctions matmul_functions();

}  // namespace onnxrun::cpu
