#include "ops/common/window.h"

#include "engine/base/check.h"

namespace onnxrun {

std::int64_t volume(std::span<const std::int64_t> sizes) {
  std::int64_t product = 1;
  for (const std::int64_t s : sizes) product *= s;
  return product;
}

Window infer_window(InferContext& ctx, int x, Ints kernel) {
  Window window = read_window(ctx.attrs(), std::move(kernel));
  Attributes& attrs = ctx.mutable_node().attrs;
  if (window.auto_pad == AutoPad::kNotSet) {
    if (attrs.s("auto_pad", "NOTSET") == "NOTSET") return window;
  } else {
    if (!ctx.has_shape(x)) return window;
    const auto spatial = known_shape(Dims(ctx.shape(x).begin() + 2, ctx.shape(x).end()));
    if (!spatial) return window;
    resolve_auto_pad(window, *spatial);
  }
  attrs.set("auto_pad", std::string("NOTSET"));
  attrs.set("pads", window.pads);
  return window;
}

Dims window_outputs(InferContext& ctx, const Window& window, std::span<const Dim> spatial) {
  Dims out;
  for (int axis = 0; axis < window.rank(); ++axis) {
    const auto size = window_output(window, axis, spatial[static_cast<std::size_t>(axis)]);
    out.push_back(size ? *size : ctx.fresh());
  }
  return out;
}

Window concrete_window(const Attributes& attrs, Ints kernel, std::span<const std::int64_t> shape) {
  Window window = read_window(attrs, std::move(kernel));
  resolve_auto_pad(window, shape.subspan(2));
  return window;
}

namespace {

// Steps `position` to the next one in row-major order; false after the last.
bool next_position(std::vector<std::int64_t>& position, std::span<const std::int64_t> sizes) {
  for (std::size_t i = sizes.size(); i-- > 0;) {
    if (++position[i] < sizes[i]) return true;
    position[i] = 0;
  }
  return false;
}

}  // namespace

void for_each_window(std::span<const std::int64_t> input, std::span<const std::int64_t> output, const Window& w,
                     FunctionRef<void(std::int64_t, std::span<const Tap>, std::int64_t)> body) {
  if (volume(output) == 0) return;
  const std::size_t rank = input.size();
  std::vector<std::int64_t> at(rank, 0), k(rank, 0);
  std::vector<Tap> taps;
  std::int64_t flat = 0;
  do {
    taps.clear();
    std::int64_t padded = 0, kernel_flat = 0;
    do {
      bool inside = true, counted = true;
      std::int64_t x = 0;
      for (std::size_t i = 0; i < rank; ++i) {
        const std::int64_t p = at[i] * w.strides[i] - w.pads[i] + k[i] * w.dilations[i];
        inside = inside && p >= 0 && p < input[i];
        counted = counted && p < input[i] + w.pads[i + rank];
        if (inside) x = x * input[i] + p;
      }
      if (inside) taps.push_back({x, kernel_flat});
      if (counted) ++padded;
      ++kernel_flat;
    } while (next_position(k, w.kernel));
    body(flat++, taps, padded);
  } while (next_position(at, output));
}

}  // namespace onnxrun
