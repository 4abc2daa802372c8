// ONNX's convolutions in oneDNN's words.
#pragma once

#include "backends/onednn/primitive.h"
#include "engine/ir/window.h"

namespace onnxrun::onednn {

// Weights [M, C/group, kernel...] as [group, M/group, C/group, kernel...] where there are groups.
Sizes weight_sizes(const Shape& w, std::int64_t group);

struct ConvWindow {
  Sizes strides, dilations, pads_begin, pads_end;  // a dilation of 0 is none
};
ConvWindow conv_window(const Window& window);
// Of a convolution with weights `w` on x, pads made explicit.
Window window_of(const NodeView& node, const Shape& x, const Shape& w);

}  // namespace onnxrun::onednn
