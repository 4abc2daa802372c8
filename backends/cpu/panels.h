// A matrix transposed and packed in panels for MatMulFunctions::multiply: once when it is a constant, else at every run.
#pragma once

#include <memory>
#include <vector>

#include "backends/cpu/matmul_block.h"
#include "engine/backend/backend.h"

namespace onnxrun::cpu {

// Rows [first, first + width) of each of the matrices [count, rows, depth] that node input `input` holds, in f32, as right-hand sides
// of products: y [.., width] = a [.., depth] . rows^T.
class Panels {
 public:
  Panels(const NodeView& node, PrepareContext& ctx, int input, std::int64_t first, std::int64_t width);

  bool constant() const { return packed_ != nullptr; }
  std::int64_t width() const { return width_; }
  std::int64_t depth() const { return depth_; }
  // Floats of scratch memory: 0 for a constant.
  std::int64_t scratch_floats() const { return constant() ? 0 : floats_ * count_; }
  void pack(const float* matrices, float* scratch, const Parallel& parallel) const;

  // y = a . rows^T + bias for `rows` rows of a, `depth` apart; bias may be null. `scratch` is what pack() filled.
  void multiply(const float* scratch, std::int64_t matrix, const float* a, std::int64_t rows, const float* bias, float* y,
                const Parallel& parallel) const;

 private:
  std::int64_t first_, width_, count_, rows_, depth_;
  MatMulFunctions functions_;
  std::int64_t panels_, floats_;  // of one matrix
  std::shared_ptr<const std::vector<float>> packed_;
};

}  // namespace onnxrun::cpu
