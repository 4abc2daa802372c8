#include "engine/ir/transposed_window.h"

namespace onnxrun {

std::optional<TransposedPads> transposed_pads(const Attributes& attrs, const Window& window, const Dims& x) {
  const auto rank = static_cast<std::size_t>(window.rank());
  const Ints extra = attrs.ints("output_padding", Ints(rank, 0)), fixed = attrs.ints("output_shape", {});
  TransposedPads p{Ints(rank), Ints(rank)};
  for (std::size_t i = 0; i < rank; ++i) {
    const int axis = static_cast<int>(i);
    if (fixed.empty() && window.auto_pad == AutoPad::kNotSet) {
      p.begin[i] = window.pad_begin(axis);
      p.end[i] = window.pad_end(axis);
      continue;
    }
    const Dim in = x[i + 2], out = fixed.empty() ? in * window.strides[i] : Dim(fixed[fixed.size() - rank + i]);
    const Dim total = in * window.strides[i] - out + (extra[i] + window.extent(axis) - window.strides[i]);
    if (!total.known() || total.value() < 0) return std::nullopt;
    const std::int64_t less = total.value() / 2, more = total.value() - less;
    p.begin[i] = window.auto_pad == AutoPad::kSameUpper ? less : more;
    p.end[i] = total.value() - p.begin[i];
  }
  return p;
}

}  // namespace onnxrun
