#include "backends/onednn/conv_sizes.h"

namespace onnxrun::onednn {

Sizes weight_sizes(const Shape& w, std::int64_t group) {
  Sizes sizes(w);
  if (group == 1) return sizes;
  sizes[0] /= group;
  sizes.insert(sizes.begin(), group);
  return sizes;
}

ConvWindow conv_window(const Window& window) {
  ConvWindow c{window.strides, window.dilations, {}, {}};
  for (auto& d : c.dilations) --d;
  const auto rank = static_cast<std::ptrdiff_t>(window.rank());
  c.pads_begin.assign(window.pads.begin(), window.pads.begin() + rank);
  c.pads_end.assign(window.pads.begin() + rank, window.pads.end());
  return c;
}

Window window_of(const NodeView& node, const Shape& x, const Shape& w) {
  Window window = read_window(node.attrs(), Ints(w.begin() + 2, w.end()));
  resolve_auto_pad(window, std::span(x).subspan(2));
  return window;
}

}  // namespace onnxrun::onednn
