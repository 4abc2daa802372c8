#include "engine/backend/pool_window.h"

#include <algorithm>
#include <limits>

namespace onnxrun {

bool is_global_pool(const NodeView& node) { return node.op().name.starts_with("Global"); }
bool is_max_pool(const NodeView& node) { return node.op().name.ends_with("MaxPool"); }
bool counts_padding(const NodeView& node) { return node.attrs().i("count_include_pad", 0) != 0; }

std::string refuse_pool(const NodeView& node) {
  if (node.wants(1)) return "output Indices";
  if (is_global_pool(node)) return {};
  const Window window = read_window(node.attrs(), node.attrs().ints("kernel_shape"));
  if (std::ranges::any_of(window.dilations, [](std::int64_t d) { return d != 1; })) return "dilations";
  return window.ceil_mode && counts_padding(node) ? "ceil_mode with count_include_pad" : "";
}

Window pool_window(const NodeView& node, const Shape& x, const Shape& y) {
  if (is_global_pool(node)) return read_window({}, Ints(x.begin() + 2, x.end()));
  Window w = read_window(node.attrs(), node.attrs().ints("kernel_shape"));
  resolve_auto_pad(w, std::span(x).subspan(2));
  const std::size_t rank = w.kernel.size();
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t reach = (y[i + 2] - 1) * w.strides[i] + w.kernel[i] - x[i + 2] - w.pads[i];
    w.pads[rank + i] = std::max(w.pads[rank + i], reach);
  }
  return w;
}

float empty_pool_value(const NodeView& node) {
  if (is_max_pool(node)) {
    return is_global_pool(node) ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::lowest();
  }
  return is_global_pool(node) ? std::numeric_limits<float>::quiet_NaN() : 0;
}

}  // namespace onnxrun
