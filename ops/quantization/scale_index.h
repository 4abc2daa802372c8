// Which scale and zero point belong to an element: one for all, one per place along an axis, or one per block along it.
#pragma once

#include <cstdint>
#include <span>

#include "engine/ir/infer.h"

namespace onnxrun {

// Throws Error(kBadModel) unless input `scale` fits input 0, and input `zero_point` the scale, for attributes axis and
// block_size.
void check_scales(const InferContext& ctx, int scale, int zero_point);

class ScaleIndex {
 public:
  // For x of `shape` and scales of `scales`, which check_scales() has passed.
  ScaleIndex(std::span<const std::int64_t> shape, std::span<const std::int64_t> scales, std::int64_t axis,
             std::int64_t block_size);
  std::size_t operator()(std::int64_t i) const {
    if (single_) return 0;
    const std::int64_t inside = i % inner_, along = i / inner_ % axis_, outer = i / inner_ / axis_;
    return static_cast<std::size_t>(block_ == 0 ? along : (outer * blocks_ + along / block_) * inner_ + inside);
  }

 private:
  bool single_;
  std::int64_t axis_ = 1, inner_ = 1, block_ = 0, blocks_ = 1;
};

}  // namespace onnxrun
