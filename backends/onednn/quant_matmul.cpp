// onnxrun.QuantMatMul: rows of 8-bit integers times a matrix of weights; scales, zero point, bias and activation run inside it.
#include "engine/backend/degenerate.h"
#include "backends/onednn/kernels.h"
#include "backends/onednn/quant.h"
#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"
#include "backends/onednn/weights.h"

namespace onnxrun::onednn {
namespace {

Claim claim(const NodeView& node) {
  const std::string no = refuse_quant(node, false);
  return no.empty() ? Claim::yes() : Claim::no("{}", no);
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape a = node.in_shape(kQuantX), w = node.in_shape(kQuantW);
  if (has_zero(a)) return empty_quant_kernel(node);
  const std::int64_t rows = element_count(std::span(a).first(a.size() - 1)), depth = w[0], columns = w[1];
  const Desc x = dense(node.in(kQuantX).dtype, {rows, depth}), y = dense(node.out(0).dtype, {rows, columns});
  const Desc bias = node.has(kQuantBias) ? dense(DType::kFloat32, {1, columns}) : Desc();

  return guarded("prepare a product of integers", [&] {
    const int parts = product_parts_for(ctx);
    const PartsScope scope(parts);
    auto kernel = std::make_unique<PrimitiveKernel>(parts);
    const QuantAttr quant(*kernel, node, 2);
    const auto pd = with_shared_layout(
        ctx, *node.constant(kQuantW), {depth, columns},
        [&](const Desc& weights) { return dnnl::matmul::primitive_desc(cpu_engine(), x, weights, bias, y, quant.attr()); },
        weights_variant(node));
    kernel->set_description(fmt::format("int8 {}", pd.impl_info_str()));
    std::vector<Binding> bindings = {
        {DNNL_ARG_SRC, x, Place::input(kQuantX)},
        bind_weights(*kernel, node, ctx, kQuantW, DNNL_ARG_WEIGHTS, dense(DType::kInt8, {depth, columns}), pd.weights_desc(),
                     weights_variant(node)),
        {DNNL_ARG_DST, y, Place::output(0)}};
    if (node.has(kQuantBias)) bindings.push_back({DNNL_ARG_BIAS, bias, Place::input(kQuantBias)});
    quant.bind(bindings);
    kernel->add(dnnl::matmul(pd), pd.scratchpad_desc(), std::move(bindings));
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> quant_matmul_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.QuantMatMul", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::onednn
