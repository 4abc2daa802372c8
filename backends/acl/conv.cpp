// Conv, onnxrun.FusedConv: convolution in 1 or 2 spatial dimensions, dilated, depthwise or not grouped; bias and simple
// activations run inside it.
#include "backends/acl/activation.h"
#include "backends/acl/conv_geometry.h"
#include "backends/acl/conv_kernel.h"
#include "backends/acl/isa.h"
#include "backends/acl/kernels.h"

namespace onnxrun::acl {
namespace {

constexpr int kWeights = 1, kBias = 2, kResidual = 3;

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (std::string no = refuse_dtype(x.dtype); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_image(node); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_conv_weights(node, kWeights); !no.empty()) return Claim::no("{}", no);
  if (node.has(kResidual) && node.in(kResidual).layout != x.layout) {
    return Claim::no("residual in layout {}, input in {}", layout_name(node.in(kResidual).layout), layout_name(x.layout));
  }
  if (const Shape& w = node.constant(kWeights)->shape(); !has_zero(w)) {
    Convolution c = geometry_of(node, w, read_window(node.attrs(), Ints(w.begin() + 2, w.end())));
    c.bias = adds_bias(node, kBias, c);
    set_example(c);
    if (std::string no = refuse_convolution(c); !no.empty()) return Claim::no("{}", no);
  }
  if (x.layout == Layout::kPlain) return Claim::yes(3, "plain layout: copied to channels-last and back");
  return Claim::yes();
}

// The activation that runs inside the convolution; else none.
ActivationSpec inner_activation(const NodeView& node, const Convolution& c) {
  const ActivationSpec a = fused_activation(node.attrs());
  const bool rest_first = node.has(kResidual) || (node.has(kBias) && !c.bias);
  return rest_first || !library_activation(a) ? ActivationSpec() : a;
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), w = node.in_shape(kWeights), y = node.out_shape(0);
  Rest rest{.sum = {-1, kResidual, y[1], node.out(0).layout == Layout::kPlain ? element_count(std::span(y).subspan(2)) : 1,
                    fused_activation(node.attrs())}};
  if (has_zero(x) || has_zero(w) || has_zero(y)) {
    rest.sum.bias = kBias;
    return degenerate_kernel(node, rest.sum);
  }
  Window window = read_window(node.attrs(), Ints(w.begin() + 2, w.end()));
  resolve_auto_pad(window, std::span(x).subspan(2));
  Convolution c = geometry_of(node, w, window);
  c.bias = adds_bias(node, kBias, c);
  c.x = image_of(x);
  c.y = image_of(y);
  c.math = ctx.math;
  const ActivationSpec inner = inner_activation(node, c);
  c.activation = *library_activation(inner);
  if (inner.kind == rest.sum.activation.kind) rest.sum.activation = {};
  if (!c.bias) rest.sum.bias = kBias;

  return convolution_kernel(
      node, ctx, c,
      {"a convolution", kWeights, kBias, arranged_weights(*node.constant(kWeights), c.depthwise, ctx.parallel), {}, rest});
}

}  // namespace

std::span<const KernelEntry> conv_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.FusedConv", claim, prepare}, {"Conv", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
