// onnxrun.QuantConv in 1 or 2 spatial dimensions, channels-last and not grouped: a product of the pixels that each window covers and
// the weights.
#include <algorithm>

#include "backends/acl/conv_geometry.h"
#include "backends/acl/kernels.h"
#include "backends/acl/quant_product.h"
#include "backends/acl/staging.h"

namespace onnxrun::acl {
namespace {

Claim claim(const NodeView& node) {
  if (std::string no = refuse_quant(node); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_image(node); !no.empty()) return Claim::no("{}", no);
  if (node.attrs().i("group") != 1) return Claim::no("{} groups, want 1", node.attrs().i("group"));
  if (node.in(kQuantX).layout == Layout::kPlain) return Claim::no("plain layout, want channels-last");
  return Claim::yes();
}

Convolution convolution_of(const NodeView& node) {
  const Shape x = node.in_shape(kQuantX), w = node.in_shape(kQuantW);
  Window window = read_window(node.attrs(), Ints(w.begin() + 2, w.end()));
  resolve_auto_pad(window, std::span(x).subspan(2));
  Convolution c = geometry_of(node, w, window);
  c.x = image_of(x);
  c.y = image_of(node.out_shape(0));
  return c;
}

// The pixels under the window of output pixel `row`, zero points for padding. Returns the end.
std::int8_t* gather_window(const Convolution& c, const std::uint8_t* x, std::int8_t zero, std::int64_t row, bool is_signed,
                           std::int8_t* a) {
  const std::int64_t left = row % c.y.w * c.stride_w - c.left, top = row / c.y.w % c.y.h * c.stride_h - c.top,
                     image = row / c.y.w / c.y.h;
  for (std::int64_t kh = 0; kh < c.kernel_h; ++kh) {
    const std::int64_t h = top + kh * c.dilation_h;
    const std::uint8_t* line = x + (image * c.x.h + h) * c.x.w * c.x.c;
    for (std::int64_t kw = 0; kw < c.kernel_w; ++kw, a += c.x.c) {
      const std::int64_t w = left + kw * c.dilation_w;
      if (h >= 0 && h < c.x.h && w >= 0 && w < c.x.w) {
        to_signed(line + w * c.x.c, c.x.c, is_signed, a);
      } else {
        std::fill_n(a, c.x.c, zero);
      }
    }
  }
  return a;
}

Gather gather_of(const NodeView& node, const Convolution& c) {
  const bool is_signed = node.in(kQuantX).dtype == DType::kInt8;
  const bool pixels = c.kernel_h * c.kernel_w * c.stride_h * c.stride_w == 1 && (c.top | c.bottom | c.left | c.right) == 0;
  if (pixels && is_signed) return {};
  return [=](const std::uint8_t* x, std::int8_t zero, std::int64_t begin, std::int64_t end, std::int8_t* a) {
    if (pixels) return to_signed(x + begin * c.x.c, (end - begin) * c.x.c, is_signed, a);
    for (std::int64_t row = begin; row < end; ++row) a = gather_window(c, x, zero, row, is_signed, a);
  };
}

// [M, C, kernel] as [kernel, C, M].
Tensor turned_weights(const Tensor& w, const Convolution& c) {
  const std::int64_t places = c.kernel_h * c.kernel_w;
  Tensor turned(DType::kInt8, {w.size()});
  const std::int8_t* from = w.view<std::int8_t>().data();
  std::int8_t* const to = turned.view<std::int8_t>().data();
  for (std::int64_t m = 0; m < c.y.c; ++m) {
    for (std::int64_t k = 0; k < c.x.c; ++k) {
      for (std::int64_t p = 0; p < places; ++p) to[(p * c.x.c + k) * c.y.c + m] = *from++;
    }
  }
  return turned;
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Convolution c = convolution_of(node);
  const QuantSizes sizes{c.y.n * c.y.h * c.y.w, c.kernel_h * c.kernel_w * c.x.c, c.y.c};
  return quant_kernel(node, ctx, sizes, turned_weights(*node.constant(kQuantW), c), gather_of(node, c));
}

}  // namespace

std::span<const KernelEntry> quant_conv_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.QuantConv", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
