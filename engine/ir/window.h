// Window: the attributes that convolutions and poolings share, one entry per spatial axis.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/ir/attribute.h"
#include "engine/ir/dim.h"

namespace onnxrun {

enum class AutoPad : std::uint8_t { kNotSet, kSameUpper, kSameLower, kValid };

struct Window {
  Ints kernel, strides, dilations;
  Ints pads;  // the beginnings, then the ends; zeros as long as auto_pad is kSame*
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;  // poolings: the last window may reach past the end

  int rank() const { return static_cast<int>(kernel.size()); }
  std::int64_t pad_begin(int axis) const { return pads[static_cast<std::size_t>(axis)]; }
  std::int64_t pad_end(int axis) const { return pads[static_cast<std::size_t>(axis + rank())]; }
  // Input elements from the first to the last that the kernel touches.
  std::int64_t extent(int axis) const {
    const auto i = static_cast<std::size_t>(axis);
    return (kernel[i] - 1) * dilations[i] + 1;
  }
};

// Reads strides, dilations (1 when absent), pads (0), auto_pad and ceil_mode of a window with this kernel. Pads beside an
// auto_pad other than NOTSET are ignored; VALID is read as NOTSET without pads. Throws Error(kBadModel) for lists of a wrong
// length, kernel sizes, strides or dilations below 1, negative pads, and numbers beyond 2^31.
Window read_window(const Attributes& attrs, Ints kernel);

// kSameUpper and kSameLower become explicit pads for an input of these spatial sizes: out = ceil(in / stride), and the odd
// element of padding goes to the end (upper) or to the beginning (lower).
void resolve_auto_pad(Window& window, std::span<const std::int64_t> spatial);

// Output size along `axis` for an input size `in`, nullopt when that is no polynomial of its symbols (ceil_mode where the
// last window may begin in the padding). Throws Error(kBadModel) when the kernel is longer than the padded input.
std::optional<Dim> window_output(const Window& window, int axis, const Dim& in);

}  // namespace onnxrun
