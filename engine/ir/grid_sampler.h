// Where GridSample takes its elements from, along one dimension.
#pragma once

#include <array>
#include <cstdint>

#include "engine/ir/attribute.h"

namespace onnxrun {

// The elements that weigh in at a position: as many as `count` says; index -1 is a zero outside.
struct GridTaps {
  int count = 0;
  std::array<std::int64_t, 4> index{};
  std::array<double, 4> weight{};
};

struct GridSampler {
  enum class Mode : std::uint8_t { kNearest, kLinear, kCubic } mode;
  enum class Padding : std::uint8_t { kZeros, kBorder, kReflection } padding;
  bool corners;

  int taps() const { return mode == Mode::kNearest ? 1 : mode == Mode::kLinear ? 2 : 4; }
  // At a coordinate of the grid, -1 to 1, in a dimension of `size`.
  GridTaps at(double grid, std::int64_t size) const;
};

// From the attributes mode, padding_mode and align_corners.
GridSampler grid_sampler(const Attributes& attrs);

}  // namespace onnxrun
