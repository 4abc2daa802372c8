// ConvTranspose: deconvolution in 1 or 2 spatial dimensions, depthwise or not grouped, as the library does it: the input with
// stride - 1 zeros between its elements, convolved with the weights turned round.
#include <algorithm>
#include <cstring>

#include "backends/acl/conv_kernel.h"
#include "backends/acl/isa.h"
#include "backends/acl/kernels.h"
#include "backends/acl/scheduler.h"
#include "engine/ir/transposed_window.h"

namespace onnxrun::acl {
namespace {

constexpr int kWeights = 1, kBias = 2;

// Pads of the convolution: what the kernel reaches beyond the outermost element, less what ONNX takes away. Negative: can't be
// done. `extra`: output_padding.
struct Reach {
  std::int64_t begin, end;
};
Reach reach(const Window& window, const TransposedPads& pads, const Ints& extra, int axis) {
  const auto i = static_cast<std::size_t>(axis);
  return {window.extent(axis) - 1 - pads.begin[i], window.extent(axis) - 1 - pads.end[i] + extra[i]};
}

Ints extra_of(const NodeView& node, const Window& window) {
  return node.attrs().ints("output_padding", Ints(window.strides.size(), 0));
}

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (std::string no = refuse_dtype(x.dtype); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_image(node); !no.empty()) return Claim::no("{}", no);
  const Tensor* weights = node.constant(kWeights);
  if (weights == nullptr) return Claim::no("weights that are computed");
  const Shape& w = weights->shape();
  const std::int64_t group = node.attrs().i("group");
  if (group > 1 && (w[1] != 1 || w[0] != group)) return Claim::no("{} groups of more than one channel", group);
  const Window window = read_window(node.attrs(), Ints(w.begin() + 2, w.end()));
  const auto pads = transposed_pads(node.attrs(), window, x.dims());
  if (!pads) return Claim::no("pads that are negative or follow from sizes not known yet");
  for (int axis = 0; axis < window.rank(); ++axis) {
    const Reach r = reach(window, *pads, extra_of(node, window), axis);
    if (r.begin < 0 || r.end < 0) return Claim::no("pads longer than the kernel");
  }
  if (x.layout == Layout::kPlain) return Claim::yes(3, "plain layout: copied to channels-last and back");
  return Claim::yes();
}

// Element (n, h, w) of `x` becomes (n, h * stride_h, w * stride_w) of y, which is zero elsewhere. Channels last.
void spread(const std::uint8_t* x, std::uint8_t* y, const Image& from, const Image& to, std::int64_t stride_h,
            std::int64_t stride_w, std::size_t pixel) {
  const auto bytes = static_cast<std::int64_t>(pixel);
  TurnScope::parallel().range(to.n * to.h, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      std::uint8_t* const out = y + row * to.w * bytes;
      std::memset(out, 0, static_cast<std::size_t>(to.w * bytes));
      const std::int64_t n = row / to.h, h = row % to.h;
      if (h % stride_h != 0) continue;
      const std::uint8_t* const in = x + (n * from.h + h / stride_h) * from.w * bytes;
      for (std::int64_t i = 0; i < from.w; ++i) std::memcpy(out + i * stride_w * bytes, in + i * bytes, pixel);
    }
  });
}

// The convolution that follows the spreading. `x`, `y`: images of the node.
Convolution convolution_of(const NodeView& node, const Window& window, const Image& x, const Image& y, Math math) {
  const TransposedPads pads = *transposed_pads(node.attrs(), window, node.in(0).dims());
  const Ints extra = extra_of(node, window);
  const int last = window.rank() - 1;
  Convolution c{.dtype = node.in(0).dtype, .x = x, .y = y, .depthwise = node.attrs().i("group") > 1, .math = math};
  const auto stride = [&](int axis) { return window.strides[static_cast<std::size_t>(axis)]; };
  c.x.w = (x.w - 1) * stride(last) + 1;
  c.kernel_w = window.kernel.back();
  c.dilation_w = window.dilations.back();
  const Reach across = reach(window, pads, extra, last);
  c.left = across.begin;
  c.right = across.end;
  if (last == 1) {
    c.x.h = (x.h - 1) * stride(0) + 1;
    c.kernel_h = window.kernel[0];
    c.dilation_h = window.dilations[0];
    const Reach down = reach(window, pads, extra, 0);
    c.top = down.begin;
    c.bottom = down.end;
  }
  c.bias = adds_bias(node, kBias, c);
  return c;
}

// The input of the convolution: spread out in scratch memory, or where it is when there is nothing to spread.
Place spread_input(AclKernel& kernel, const Staged& s, const Convolution& c, const Window& window) {
  if (std::ranges::all_of(window.strides, [](std::int64_t v) { return v == 1; })) return s.from;
  const Place place = Place::scratch(kernel.reserve(dtype_bytes(c.dtype, c.x.elements())));
  const std::int64_t stride_h = window.rank() == 2 ? window.strides[0] : 1, stride_w = window.strides.back();
  kernel.add(
      loop_of("spread", [from = s.x, to = c.x, stride_h, stride_w, pixel = dtype_bytes(c.dtype, c.x.c)](
                            const Views& v) { spread(v[0]->buffer(), v[1]->buffer(), from, to, stride_h, stride_w, pixel); }),
      {{-1, image_info(c.dtype, s.x), s.from}, {-1, image_info(c.dtype, c.x), place}});
  return place;
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), w = node.in_shape(kWeights), y = node.out_shape(0);
  Rest rest{.sum = {-1, -1, y[1], node.out(0).layout == Layout::kPlain ? element_count(std::span(y).subspan(2)) : 1, {}}};
  if (has_zero(x) || has_zero(w) || has_zero(y)) {
    rest.sum.bias = kBias;
    return degenerate_kernel(node, rest.sum);
  }
  const Window window = read_window(node.attrs(), Ints(w.begin() + 2, w.end()));
  const Convolution c = convolution_of(node, window, image_of(x), image_of(y), ctx.math);
  if (!c.bias) rest.sum.bias = kBias;

  const std::int64_t outputs = w[1], places = element_count(std::span(w).subspan(2));
  Shape as = w;
  std::swap(as[0], as[1]);
  if (c.depthwise) as[0] = w[0], as[1] = 1;
  const auto turned = [&](std::int64_t m, std::int64_t i, std::int64_t p) {
    return (c.depthwise ? m : i * outputs + m) * places + places - 1 - p;
  };
  const auto before = [&](AclKernel& kernel, const Staged& s) { return spread_input(kernel, s, c, window); };
  return convolution_kernel(node, ctx, c,
                            {"a deconvolution", kWeights, kBias,
                             arranged_weights(*node.constant(kWeights), as, c.depthwise, ctx.parallel, turned), before, rest});
}

}  // namespace

std::span<const KernelEntry> conv_transpose_kernels() {
  static const KernelEntry entries[] = {{"ConvTranspose", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
