#include "engine/ir/window.h"

#include <algorithm>

#include "engine/base/check.h"

namespace onnxrun {
namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 31;

Ints read_list(const Attributes& attrs, std::string_view name, std::size_t want, std::int64_t otherwise, std::int64_t least) {
  Ints list = attrs.ints(name, Ints(want, otherwise));
  require(list.size() == want, "attribute {} has {} entries, want {} for {} spatial axes", name, list.size(), want,
          name == "pads" ? want / 2 : want);
  for (const std::int64_t v : list) {
    require(v >= least && v < kLargest, "attribute {} holds {}, want {} to 2^31", name, v, least);
  }
  return list;
}

AutoPad read_auto_pad(const Attributes& attrs) {
  const std::string name = attrs.s("auto_pad", "NOTSET");
  if (name == "NOTSET" || name.empty()) return AutoPad::kNotSet;
  if (name == "SAME_UPPER") return AutoPad::kSameUpper;
  if (name == "SAME_LOWER") return AutoPad::kSameLower;
  require(name == "VALID", "auto_pad is '{}', want NOTSET, SAME_UPPER, SAME_LOWER or VALID", name);
  return AutoPad::kValid;
}

}  // namespace

Window read_window(const Attributes& attrs, Ints kernel) {
  Window w;
  const std::size_t rank = kernel.size();
  for (const std::int64_t k : kernel) require(k >= 1 && k < kLargest, "the kernel's size is {}, want 1 to 2^31", k);
  w.kernel = std::move(kernel);
  w.strides = read_list(attrs, "strides", rank, 1, 1);
  w.dilations = read_list(attrs, "dilations", rank, 1, 1);
  w.auto_pad = read_auto_pad(attrs);
  w.pads = w.auto_pad == AutoPad::kNotSet ? read_list(attrs, "pads", 2 * rank, 0, 0) : Ints(2 * rank, 0);
  if (w.auto_pad == AutoPad::kValid) w.auto_pad = AutoPad::kNotSet;
  w.ceil_mode = attrs.i("ceil_mode", 0) != 0;
  return w;
}

void resolve_auto_pad(Window& w, std::span<const std::int64_t> spatial) {
  if (w.auto_pad == AutoPad::kNotSet) return;
  for (int axis = 0; axis < w.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t out = (spatial[i] + w.strides[i] - 1) / w.strides[i];
    const std::int64_t total = std::max<std::int64_t>(0, (out - 1) * w.strides[i] + w.extent(axis) - spatial[i]);
    const std::int64_t half = total / 2;
    w.pads[i] = w.auto_pad == AutoPad::kSameUpper ? half : total - half;
    w.pads[i + w.kernel.size()] = total - w.pads[i];
  }
  w.auto_pad = AutoPad::kNotSet;
}

std::optional<Dim> window_output(const Window& w, int axis, const Dim& in) {
  const std::int64_t stride = w.strides[static_cast<std::size_t>(axis)];
  if (w.auto_pad != AutoPad::kNotSet) return floor_div(in - 1, stride) + 1;
  const std::int64_t begin = w.pad_begin(axis), end = w.pad_end(axis), extent = w.extent(axis);
  const Dim room = in + (begin + end - extent);
  require(!room.known() || room.value() >= 0,
          "the kernel covers {} elements along spatial axis {}, but the padded input has only {}", extent, axis,
          room.value() + extent);
  if (!w.ceil_mode) return floor_div(room, stride) + 1;
  // A window that would begin in the padding at the end does not count.
  const Dim out = floor_div(room + (stride - 1), stride) + 1;
  if (end + stride - 1 < extent) return out;
  if (!in.known()) return std::nullopt;
  return std::min(out.value(), std::max<std::int64_t>(in.value() + begin - 1, 0) / stride + 1);
}

}  // namespace onnxrun
