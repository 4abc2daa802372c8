// Convolutions and poolings: inference of their output sizes, and the walk of a naive kernel over windows.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/ir/infer.h"
#include "engine/ir/window.h"

namespace onnxrun {

// The window of the node with this kernel, for the spatial sizes of input `x`. An auto_pad is replaced by explicit pads in
// the node's attributes as soon as those sizes are known.
Window infer_window(InferContext& ctx, int x, Ints kernel);

// Output sizes along the spatial axes of an input of shape [N, C, spatial...]; a fresh symbol where no Dim can say it.
Dims window_outputs(InferContext& ctx, const Window& window, std::span<const Dim> spatial);

// The layout of output 0 by the rule of convolutions and poolings: that of input 0, for rank 3 and more.
inline Layout layout_of_input(const InferContext& ctx) {
  return ctx.has_shape(0) && ctx.rank(0) >= 3 ? ctx.in(0).layout : Layout::kPlain;
}

// One element that a window covers: flat positions in the spatial part of the input and of the kernel.
struct Tap {
  std::int64_t input, kernel;
};

// Calls body(output position, taps inside the input) for every window, positions being flat. `padded` is the number of
// kernel elements that lie in the input or its explicit padding.
void for_each_window(std::span<const std::int64_t> input, std::span<const std::int64_t> output, const Window& window,
                     FunctionRef<void(std::int64_t at, std::span<const Tap> taps, std::int64_t padded)> body);

// The same window with pads made explicit for a concrete input of shape [N, C, spatial...].
Window concrete_window(const Attributes& attrs, Ints kernel, std::span<const std::int64_t> shape);

// Product of sizes.
std::int64_t volume(std::span<const std::int64_t> sizes);

}  // namespace onnxrun
