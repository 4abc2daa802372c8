// ConvTranspose: deconvolution in 1 to 3 spatial dimensions, with groups and dilations.
#include "backends/onednn/isa.h"
#include "backends/onednn/kernels.h"
#include "backends/onednn/post_ops.h"
#include "backends/onednn/staging.h"
#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"
#include "backends/onednn/weights.h"
#include "engine/backend/degenerate.h"
#include "engine/ir/transposed_window.h"

namespace onnxrun::onednn {
namespace {

constexpr int kWeights = 1, kBias = 2;

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (std::string no = refuse_dtype(x.dtype); !no.empty()) return Claim::no("{}", no);
  if (!x.ranked()) return Claim::no("input of unknown rank");
  if (x.rank() > 5) return Claim::no("{} spatial dimensions, want 1 to 3", x.rank() - 2);
  if (node.in(kWeights).layout != Layout::kPlain) return Claim::no("weights in layout {}", layout_name(node.in(kWeights).layout));
  const auto w = node.in(kWeights).static_shape();
  if (!w) return Claim::no("weight {} of unknown size", node.in(kWeights).str());
  const Window window = read_window(node.attrs(), Ints(w->begin() + 2, w->end()));
  const Ints extra = node.attrs().ints("output_padding", Ints(window.strides.size(), 0));
  for (std::size_t i = 0; i < extra.size(); ++i) {
    if (extra[i] >= window.strides[i])
      return Claim::no("output_padding {} with stride {}, want less", extra[i], window.strides[i]);
  }
  if (!transposed_pads(node.attrs(), window, x.dims())) return Claim::no("pads that are negative or follow from sizes not known yet");
  if (x.layout == Layout::kPlain) return accept(3, "plain layout: copied to channels-last and back");
  return accept();
}

// ONNX weights [C, M/group, kernel...] seen as oneDNN's [group, M/group, C/group, kernel...], or without the first size when
// there is one group. Sizes, and where the elements lie.
Desc weights_desc(DType dtype, const Shape& w, std::int64_t group) {
  const Sizes own = dense(dtype, w).get_strides();
  Sizes sizes{w[1], w[0] / group}, strides{own[1], own[0]};
  sizes.insert(sizes.end(), w.begin() + 2, w.end());
  strides.insert(strides.end(), own.begin() + 2, own.end());
  if (group > 1) {
    sizes.insert(sizes.begin(), group);
    strides.insert(strides.begin(), own[0] * (w[0] / group));
  }
  return {sizes, data_type(dtype), strides};
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), w = node.in_shape(kWeights), y = node.out_shape(0);
  if (has_zero(x) || has_zero(w) || has_zero(y)) {
    const std::int64_t places = element_count(std::span(y).subspan(2));
    return degenerate_kernel(node, {kBias, -1, y[1], node.out(0).layout == Layout::kPlain ? places : 1, {}});
  }
  const Window window = read_window(node.attrs(), Ints(w.begin() + 2, w.end()));
  const TransposedPads pads = *transposed_pads(node.attrs(), window, node.in(0).dims());
  Sizes dilations(window.dilations);
  for (auto& d : dilations) --d;  // oneDNN counts the gaps
  const Desc bias = node.has(kBias) ? desc_of(node.in(kBias)) : Desc();
  const Desc plain = weights_desc(node.in(0).dtype, w, node.attrs().i("group"));

  return guarded("prepare a deconvolution", [&] {
    const int parts = parts_for(ctx);
    const PartsScope scope(parts);
    auto kernel = std::make_unique<PrimitiveKernel>(parts);
    const Staged s = stage_in(*kernel, node);
    const dnnl::deconvolution_forward::primitive_desc pd(
        cpu_engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::deconvolution_direct, s.src,
        Desc(plain.get_dims(), plain.get_data_type(), dnnl::memory::format_tag::any), bias, s.dst, window.strides, dilations,
        pads.begin, pads.end, PostOps().attr());
    kernel->set_description(pd.impl_info_str());
    std::vector<Binding> bindings = {{DNNL_ARG_SRC, s.src, s.from},
                                     bind_weights(*kernel, node, ctx, kWeights, DNNL_ARG_WEIGHTS, plain, pd.weights_desc()),
                                     {DNNL_ARG_DST, s.dst, s.to}};
    if (node.has(kBias)) bindings.push_back({DNNL_ARG_BIAS, bias, Place::input(kBias)});
    kernel->add(dnnl::deconvolution_forward(pd), pd.scratchpad_desc(), std::move(bindings));
    stage_out(*kernel, node, s);
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> conv_transpose_kernels() {
  static const KernelEntry entries[] = {{"ConvTranspose", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::onednn
