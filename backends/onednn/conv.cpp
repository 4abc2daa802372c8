// Conv, onnxrun.FusedConv: convolution in 1 to 3 spatial dimensions, with groups and dilations; bias, residual and activation
// run inside it.
#include <algorithm>

#include "backends/onednn/conv_sizes.h"
#include "backends/onednn/isa.h"
#include "backends/onednn/kernels.h"
#include "backends/onednn/post_ops.h"
#include "backends/onednn/staging.h"
#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"
#include "backends/onednn/weights.h"
#include "engine/backend/degenerate.h"
#include "engine/ir/window.h"

namespace onnxrun::onednn {
namespace {

constexpr int kWeights = 1, kBias = 2, kResidual = 3;

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (std::string no = refuse_dtype(x.dtype); !no.empty()) return Claim::no("{}", no);
  if (!x.ranked()) return Claim::no("input of unknown rank");
  if (x.rank() > 5) return Claim::no("{} spatial dimensions, want 1 to 3", x.rank() - 2);
  if (node.in(kWeights).layout != Layout::kPlain) return Claim::no("weights in layout {}", layout_name(node.in(kWeights).layout));
  if (node.has(kResidual) && node.in(kResidual).layout != x.layout) {
    return Claim::no("residual in layout {}, input in {}", layout_name(node.in(kResidual).layout), layout_name(x.layout));
  }
  if (x.layout == Layout::kPlain) return accept(3, "plain layout: copied to channels-last and back");
  return accept();
}

// Winograd's transformed sums lose a few bits, so it is not for exact results. On x86 oneDNN has none.
dnnl::algorithm algorithm_for([[maybe_unused]] Math math) {
#if defined(__aarch64__)
  if (math != Math::kExact) return dnnl::algorithm::convolution_auto;
#endif
  return dnnl::algorithm::convolution_direct;
}

// A plain 1x1 convolution without residual is one matrix product of weights and image: as fast as channels-last.
bool is_plain_product(const NodeView& node, const Window& w) {
  const auto all = [](const Ints& list, std::int64_t value) {
    return std::ranges::all_of(list, [&](std::int64_t v) { return v == value; });
  };
  return node.in(0).layout == Layout::kPlain && !node.has(kResidual) && node.attrs().i("group") == 1 && all(w.kernel, 1) &&
         all(w.strides, 1) && all(w.pads, 0);
}

// What is faster on AVX2 than oneDNN's first choice, by measurement on Zen 3; by its name otherwise. Inside a network, where
// weights come from memory, the older 1x1 kernel leads by 3 to 15 %. The older depthwise kernel leads by 40 %, unless the image
// (`bytes` of input and output) leaves the cache: it walks over it once for every 8 channels.
std::string_view better_family(std::string_view first, std::size_t bytes) {
  constexpr std::size_t kInCache = std::size_t{4} << 20;
  if (first == "brgconv_1x1:avx2") return "jit_1x1:avx2";
  if (first == "brdgmm_dw:avx2" && bytes <= kInCache) return "jit_dw:avx2";
  return first;
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), w = node.in_shape(kWeights), y = node.out_shape(0);
  const ActivationSpec activation = fused_activation(node.attrs());
  if (has_zero(x) || has_zero(w) || has_zero(y)) {
    const std::int64_t places = element_count(std::span(y).subspan(2));
    return degenerate_kernel(node, {kBias, kResidual, y[1], node.out(0).layout == Layout::kPlain ? places : 1, activation});
  }
  const Window window = window_of(node, x, w);
  const ConvWindow steps = conv_window(window);
  const DType dtype = node.in(0).dtype;
  const Sizes sizes = weight_sizes(w, node.attrs().i("group"));
  const Desc bias = node.has(kBias) ? desc_of(node.in(kBias)) : Desc();

  return guarded("prepare a convolution", [&] {
    const int parts = parts_for(ctx);
    const PartsScope scope(parts);
    auto kernel = std::make_unique<PrimitiveKernel>(parts);
    const Staged s = is_plain_product(node, window) ? unstaged(node) : stage_in(*kernel, node);
    PostOps post;
    if (node.has(kResidual) && s.copied_out) {
      stage_residual(*kernel, node, s, kResidual);
      post.add_to_result();
    } else if (node.has(kResidual)) {
      post.add_residual(node, kResidual, s.dst);
    }
    post.activate(activation);
    const auto make = [&] {
      return dnnl::convolution_forward::primitive_desc(cpu_engine(), dnnl::prop_kind::forward_inference, algorithm_for(ctx.math),
                                                       s.src, Desc(sizes, data_type(dtype), dnnl::memory::format_tag::any), bias,
                                                       s.dst, steps.strides, steps.dilations, steps.pads_begin, steps.pads_end,
                                                       post.attr());
    };
    const std::string family(better_family(make().impl_info_str(), s.src.get_size() + s.dst.get_size()));  // the name may go with its descriptor
    const auto pd = prefer(family, make);
    kernel->set_description(pd.impl_info_str());
    std::vector<Binding> bindings = {
        {DNNL_ARG_SRC, s.src, s.from},
        bind_weights(*kernel, node, ctx, kWeights, DNNL_ARG_WEIGHTS, dense(dtype, sizes), pd.weights_desc()),
        {DNNL_ARG_DST, s.dst, s.to}};
    if (node.has(kBias)) bindings.push_back({DNNL_ARG_BIAS, bias, Place::input(kBias)});
    post.bind(*kernel, bindings);
    kernel->add(dnnl::convolution_forward(pd), pd.scratchpad_desc(), std::move(bindings));
    stage_out(*kernel, node, s);
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> conv_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.FusedConv", claim, prepare}, {"Conv", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::onednn
