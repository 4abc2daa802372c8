// Slicing windows: numpy's start:stop:step rule.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace onnxrun {

// Elements start, start + step, ... of a dimension; `count` of them.
struct Window {
  std::int64_t start = 0, step = 1, count = 0;
};

// The elements that start:end:step selects of `size`; negative bounds count from the back, all are clamped. step != 0.
inline Window slice_window(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size) {
  step = std::max(step, -std::numeric_limits<std::int64_t>::max());
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const auto clamp = [&](std::int64_t i) { return std::clamp(i < 0 ? i + size : i, low, high); };
  start = clamp(start);
  end = clamp(end);
  Window w{start, step, 0};
  if (step > 0 && end > start) w.count = (end - start - 1) / step + 1;
  if (step < 0 && start > end) w.count = (start - end - 1) / -step + 1;
  return w;
}

}  // namespace onnxrun
