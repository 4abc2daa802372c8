// onnxrun.QuantConv: convolution of 8-bit integers in 1 to 3 spatial dimensions; scales, zero points, bias and activation run
// inside it.
#include "backends/onednn/conv_sizes.h"
#include "engine/backend/degenerate.h"
#include "backends/onednn/kernels.h"
#include "backends/onednn/quant.h"
#include "backends/onednn/staging.h"
#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"
#include "backends/onednn/weights.h"

namespace onnxrun::onednn {
namespace {

bool is_depthwise(const NodeView& node) {
  const Tensor* w = node.constant(kQuantW);
  return w != nullptr && w->shape()[1] == 1 && node.attrs().i("group") == w->shape()[0];
}

Claim claim(const NodeView& node) {
  if (const std::string no = refuse_quant(node, is_depthwise(node)); !no.empty()) return Claim::no("{}", no);
  const Type& x = node.in(kQuantX);
  if (x.rank() > 5) return Claim::no("{} spatial dimensions, want 1 to 3", x.rank() - 2);
  if (x.layout == Layout::kPlain) return Claim::yes(3, "plain layout: copied to channels-last and back");
  return Claim::yes();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(kQuantX), w = node.in_shape(kQuantW);
  if (has_zero(x) || has_zero(node.out_shape(0))) return empty_quant_kernel(node);
  const ConvWindow window = conv_window(window_of(node, x, w));
  const std::int64_t group = node.attrs().i("group");
  const Sizes sizes = weight_sizes(w, group);
  const Desc bias = node.has(kQuantBias) ? desc_of(node.in(kQuantBias)) : Desc();

  return guarded("prepare a convolution of integers", [&] {
    const int parts = parts_for(ctx);
    const PartsScope scope(parts);
    auto kernel = std::make_unique<PrimitiveKernel>(parts);
    const Staged s = stage_in(*kernel, node);
    const QuantAttr quant(*kernel, node, group == 1 ? 1 : 3);
    const dnnl::convolution_forward::primitive_desc pd(
        cpu_engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, s.src,
        Desc(sizes, data_type(DType::kInt8), dnnl::memory::format_tag::any), bias, s.dst, window.strides, window.dilations,
        window.pads_begin, window.pads_end, quant.attr());
    kernel->set_description(fmt::format("int8 {}", pd.impl_info_str()));
    std::vector<Binding> bindings = {{DNNL_ARG_SRC, s.src, s.from},
                                     bind_weights(*kernel, node, ctx, kQuantW, DNNL_ARG_WEIGHTS, dense(DType::kInt8, sizes),
                                                  pd.weights_desc(), weights_variant(node)),
                                     {DNNL_ARG_DST, s.dst, s.to}};
    if (node.has(kQuantBias)) bindings.push_back({DNNL_ARG_BIAS, bias, Place::input(kQuantBias)});
    quant.bind(bindings);
    kernel->add(dnnl::convolution_forward(pd), pd.scratchpad_desc(), std::move(bindings));
    stage_out(*kernel, node, s);
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> quant_conv_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.QuantConv", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::onednn
