// MatMul, Gemm, onnxrun.FusedMatMul: y = act(scale * a @ b + bias + residual), batched with numpy's broadcasting.
#include "backends/onednn/isa.h"
#include "backends/onednn/kernels.h"
#include "backends/onednn/post_ops.h"
#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"
#include "backends/onednn/weights.h"
#include "engine/backend/product.h"

namespace onnxrun::onednn {
namespace {

// The blocked kernels: faster than oneDNN's first choice on AVX2, a classic sgemm, wherever an activation follows, b is packed or
// the matrices are small; equal elsewhere.
constexpr std::string_view kFamily = "brg";

Claim claim(const NodeView& node) {
  if (std::string no = refuse_dtype(node.in(0).dtype); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_product(node, 12); !no.empty()) return Claim::no("{}", no);
  return accept();
}

// Where the elements of a factor lie: row-major, its last two sizes swapped in memory when it is transposed.
Desc factor_desc(DType dtype, Sizes sizes, bool transposed) {
  if (!transposed) return dense(dtype, sizes);
  const std::size_t last = sizes.size() - 1;
  std::swap(sizes[last], sizes[last - 1]);
  Sizes strides = dense(dtype, sizes).get_strides();
  std::swap(sizes[last], sizes[last - 1]);
  std::swap(strides[last], strides[last - 1]);
  return {sizes, data_type(dtype), strides};
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const ProductFactors f = factors_of(node);
  const Product p = product_of(node, f);
  if (has_zero(p.a) || has_zero(p.b)) return degenerate_kernel(node, rest_of(node, p, f));
  const DType dtype = node.in(0).dtype;
  const Desc a = factor_desc(dtype, p.a, f.trans_a), b = factor_desc(dtype, p.b, f.trans_b), y = dense(dtype, p.y);

  PostOps post;
  post.scale(f.scale);
  Desc bias;
  if (has_addend(node)) {
    const Sizes sizes = addend_sizes(node, p);
    const Desc addend = dense(dtype, sizes);
    if (f.scale == 1 && sizes[sizes.size() - 2] == 1 && sizes.back() == p.n()) {
      bias = addend;
    } else {
      post.add_tensor(addend, Place::input(kProductAddend));
    }
  }
  if (node.has(kProductResidual)) post.add_residual(node, kProductResidual, y);
  post.activate(f.activation);

  return guarded("prepare a matrix product", [&] {
    const int parts = product_parts_for(ctx);
    const PartsScope scope(parts);
    const auto make = [&](const Desc& weights) {
      return dnnl::matmul::primitive_desc(cpu_engine(), a, weights, bias, y, post.attr());
    };
    const Tensor* constant = node.constant(kProductB);
    const auto pd = constant != nullptr
                        ? with_shared_layout(ctx, *constant, p.b,
                                             [&](const Desc& weights) { return prefer(kFamily, [&] { return make(weights); }); })
                    : p.m() == 1 ? make(b)  // a vector: copying b to blocks would cost more than the product
                                 : prefer(kFamily, [&] { return make(b); });
    auto kernel = std::make_unique<PrimitiveKernel>(parts);
    kernel->set_description(pd.impl_info_str());
    std::vector<Binding> bindings = {{DNNL_ARG_SRC, a, Place::input(0)},
                                     bind_weights(*kernel, node, ctx, kProductB, DNNL_ARG_WEIGHTS, b, pd.weights_desc()),
                                     {DNNL_ARG_DST, y, Place::output(0)}};
    if (!bias.is_zero()) bindings.push_back({DNNL_ARG_BIAS, bias, Place::input(kProductAddend)});
    post.bind(*kernel, bindings);
    kernel->add(dnnl::matmul(pd), pd.scratchpad_desc(), std::move(bindings));
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> matmul_kernels() {
  static const KernelEntry entries[] = {
      {"onnxrun.FusedMatMul", claim, prepare}, {"MatMul", claim, prepare}, {"Gemm", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::onednn
