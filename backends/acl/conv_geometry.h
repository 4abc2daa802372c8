// What the attributes of Conv say, as the library's convolutions take it.
#pragma once

#include "backends/acl/convolution.h"
#include "engine/ir/window.h"

namespace onnxrun::acl {

// For weights of these sizes and a window with explicit pads; images without their sizes, and without a bias.
Convolution geometry_of(const NodeView& node, const Shape& weights, const Window& window);

// Gives it images with 8 rows and columns of results, to ask the library about. Nothing that it objects to depends on the size.
void set_example(Convolution& c);

// Why these weights can't be convolved with; empty when they can. Constant weights as input `input`.
std::string refuse_conv_weights(const NodeView& node, int input);

}  // namespace onnxrun::acl
