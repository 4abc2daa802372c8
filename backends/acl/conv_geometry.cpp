#include "backends/acl/conv_geometry.h"

namespace onnxrun::acl {

Convolution geometry_of(const NodeView& node, const Shape& w, const Window& window) {
  Convolution c;
  c.dtype = node.in(0).dtype;
  const bool flat = w.size() == 3;
  const auto down = [&](const Ints& list, std::int64_t otherwise) { return flat ? otherwise : list[0]; };
  c.kernel_h = down(window.kernel, 1);
  c.stride_h = down(window.strides, 1);
  c.dilation_h = down(window.dilations, 1);
  c.top = down(window.pads, 0);
  c.bottom = flat ? 0 : window.pads[2];
  c.kernel_w = window.kernel.back();
  c.stride_w = window.strides.back();
  c.dilation_w = window.dilations.back();
  c.left = flat ? window.pads[0] : window.pads[1];
  c.right = window.pads.back();
  c.depthwise = node.attrs().i("group") > 1;
  c.x.c = w[1] * node.attrs().i("group");
  c.y.c = w[0];
  return c;
}

void set_example(Convolution& c) {
  const auto in = [](std::int64_t kernel, std::int64_t dilation, std::int64_t stride) {
    return (kernel - 1) * dilation + 1 + 7 * stride;
  };
  c.x.h = c.kernel_h == 1 ? 8 * c.stride_h : in(c.kernel_h, c.dilation_h, c.stride_h);
  c.x.w = in(c.kernel_w, c.dilation_w, c.stride_w);
  c.top = c.bottom = c.left = c.right = 0;
  c.y.h = (c.x.h - (c.kernel_h - 1) * c.dilation_h - 1) / c.stride_h + 1;
  c.y.w = 8;
}

std::string refuse_conv_weights(const NodeView& node, int input) {
  const Tensor* weights = node.constant(input);
  if (weights == nullptr) return "weights that are computed";
  const std::int64_t group = node.attrs().i("group"), inputs = weights->shape()[1];
  if (group > 1 && inputs != 1) return fmt::format("{} groups of {} channels, want one group or one channel", group, inputs);
  return {};
}

}  // namespace onnxrun::acl
