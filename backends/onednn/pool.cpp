// MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool.
#include "backends/onednn/isa.h"
#include "backends/onednn/kernels.h"
#include "backends/onednn/post_ops.h"
#include "backends/onednn/staging.h"
#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"
#include "engine/backend/degenerate.h"
#include "engine/backend/pool_window.h"

namespace onnxrun::onednn {
namespace {

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  const bool bytes =
      is_max_pool(node) && !is_global_pool(node) && has_int8() && (x.dtype == DType::kUInt8 || x.dtype == DType::kInt8);
  if (std::string no = bytes ? "" : refuse_dtype(x.dtype); !no.empty()) return Claim::no("{}", no);
  if (!x.ranked()) return Claim::no("input of unknown rank");
  if (x.rank() < 3 || x.rank() > 5) return Claim::no("{} spatial dimensions, want 1 to 3", x.rank() - 2);
  if (std::string no = refuse_pool(node); !no.empty()) return Claim::no("{}", no);
  return x.layout == Layout::kPlain ? accept(3, "plain layout: copied to channels-last and back") : accept();
}

dnnl::algorithm algorithm_for(const NodeView& node) {
  if (is_max_pool(node)) return dnnl::algorithm::pooling_max;
  return counts_padding(node) ? dnnl::algorithm::pooling_avg_include_padding : dnnl::algorithm::pooling_avg_exclude_padding;
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), y = node.out_shape(0);
  if (has_zero(x) || has_zero(y)) return constant_kernel(empty_pool_value(node));
  const Window window = pool_window(node, x, y);
  const auto rank = static_cast<std::ptrdiff_t>(window.kernel.size());

  return guarded("prepare a pooling", [&] {
    const int parts = parts_for(ctx);
    const PartsScope scope(parts);
    auto kernel = std::make_unique<PrimitiveKernel>(parts);
    const Staged s = stage_in(*kernel, node);
    const dnnl::pooling_forward::primitive_desc pd(cpu_engine(), dnnl::prop_kind::forward_inference, algorithm_for(node), s.src,
                                                   s.dst, window.strides, window.kernel, Sizes(window.kernel.size(), 0),
                                                   Sizes(window.pads.begin(), window.pads.begin() + rank),
                                                   Sizes(window.pads.begin() + rank, window.pads.end()), PostOps().attr());
    kernel->set_description(pd.impl_info_str());
    kernel->add(dnnl::pooling_forward(pd), pd.scratchpad_desc(), {{DNNL_ARG_SRC, s.src, s.from}, {DNNL_ARG_DST, s.dst, s.to}});
    stage_out(*kernel, node, s);
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> pool_kernels() {
  static const KernelEntry entries[] = {{"MaxPool", claim, prepare},
                                        {"AveragePool", claim, prepare},
                                        {"GlobalMaxPool", claim, prepare},
                                        {"GlobalAveragePool", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::onednn
