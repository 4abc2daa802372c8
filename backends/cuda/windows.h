// Windows of convolutions and poolings in the device's words.
#pragma once

#include <span>

#include "backends/cuda/device/arguments.h"
#include "engine/ir/window.h"
#include "onnxrun/tensor.h"

namespace onnxrun::cuda {

// For x and y of [N, C, spatial...] with one to three spatial axes.
inline void set_axes(std::span<WindowAxis, 3> axes, const Window& window, const Shape& x, const Shape& y) {
  const std::size_t rank = x.size() - 2, first = 3 - rank;
  for (std::size_t i = 0; i < first; ++i) axes[i] = {1, 1, 1, 1, 1, 0, 0};
  for (std::size_t i = 0; i < rank; ++i) {
    const int d = static_cast<int>(i);
    axes[first + i] = {x[i + 2],         y[i + 2], window.kernel[i], window.strides[i], window.dilations[i], window.pad_begin(d),
                       window.pad_end(d)};
  }
}

}  // namespace onnxrun::cuda
