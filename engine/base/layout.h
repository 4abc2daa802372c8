// Physical order of a tensor's dimensions. Shapes are always given in ONNX's logical order (N, C, spatial...); the
// layout says how the elements lie in memory.
#pragma once

#include <cstdint>
#include <string_view>

namespace onnxrun {

enum class Layout : std::uint8_t {
  kPlain,         // row-major in the logical order
  kChannelsLast,  // row-major in the order N, spatial..., C; only for rank >= 3
};

inline std::string_view layout_name(Layout layout) { return layout == Layout::kPlain ? "plain" : "channels_last"; }

}  // namespace onnxrun
