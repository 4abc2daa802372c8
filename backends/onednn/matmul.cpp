// MatMul, Gemm, onnxrun.FusedMatMul: y = act(scale * a @ b + bias + residual), batched with numpy's broadcasting.
#include <algorithm>
#include <optional>

#include "backends/onednn/degenerate.h"
#include "backends/onednn/isa.h"
#include "backends/onednn/kernels.h"
#include "backends/onednn/post_ops.h"
#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"
#include "backends/onednn/weights.h"

namespace onnxrun::onednn {
namespace {

// The blocked kernels: faster than oneDNN's first choice on AVX2, a classic sgemm, wherever an activation follows, b is packed or
// the matrices are small; equal elsewhere.
constexpr std::string_view kFamily = "brg";

constexpr int kB = 1, kAddend = 2, kResidual = 3;  // input 2 is the bias of FusedMatMul and Gemm's C

struct Factors {
  bool trans_a = false, trans_b = false;
  float scale = 1;
  FusedActivation activation;
};

Factors factors_of(const NodeView& node) {
  const Attributes& attrs = node.attrs();
  return {attrs.i("transA", 0) != 0, attrs.i("transB", 0) != 0, node.op().name == "Gemm" ? attrs.f("alpha") : attrs.f("scale", 1),
          fused_activation(node)};
}

// Gemm's C counts unless beta is 0.
bool has_addend(const NodeView& node) { return node.has(kAddend) && node.attrs().f("beta", 1) != 0; }

Claim claim(const NodeView& node) {
  if (std::string no = refuse_dtype(node.in(0).dtype); !no.empty()) return Claim::no("{}", no);
  if (!node.in(0).ranked() || !node.in(kB).ranked()) return Claim::no("factor of unknown rank");
  if (node.in(0).rank() > 12 || node.in(kB).rank() > 12) return Claim::no("more than 12 dimensions");
  for (int i = 0; i < node.inputs(); ++i) {
    if (node.has(i) && node.in(i).layout != Layout::kPlain) return Claim::no("input {} in layout channels_last", i);
  }
  if (const float beta = node.attrs().f("beta", 1); beta != 1 && beta != 0 && node.has(kAddend)) {
    return Claim::no("beta {}, want 1 or 0", beta);
  }
  if (has_addend(node) && !node.in(kAddend).ranked()) return Claim::no("addend of unknown rank");
  return accept();
}

// A product as oneDNN gets it: sizes [batch..., M, K] x [batch..., K, N] = [batch..., M, N], the batch sizes broadcast, as few
// as will do.
struct Product {
  Sizes a, b, y;
  std::int64_t m() const { return y[y.size() - 2]; }
  std::int64_t n() const { return y.back(); }
  std::int64_t k() const { return a.back(); }
};

// Sizes of a factor as ONNX gives them, transposition undone and vectors made matrices.
Sizes factor(const Shape& shape, bool transposed, bool first) {
  Sizes s(shape);
  if (s.size() == 1) s.insert(first ? s.begin() : s.end(), 1);
  if (transposed) std::swap(s[s.size() - 1], s[s.size() - 2]);
  return s;
}

// Appends a pair of batch sizes, merged into the last one where both broadcast in the same way.
void push_batch(Sizes& a, Sizes& b, std::int64_t from_a, std::int64_t from_b) {
  if (from_a == 1 && from_b == 1) return;
  if (!a.empty() && (from_a == 1) == (a.back() == 1) && (from_b == 1) == (b.back() == 1)) {
    a.back() *= from_a;
    b.back() *= from_b;
    return;
  }
  a.push_back(from_a);
  b.push_back(from_b);
}

Product product_of(const NodeView& node, const Factors& f) {
  Sizes a = factor(node.in_shape(0), f.trans_a, true), b = factor(node.in_shape(kB), f.trans_b, false);
  const std::int64_t m = a[a.size() - 2], k = a.back(), n = b.back();
  a.resize(a.size() - 2);
  b.resize(b.size() - 2);
  a.insert(a.begin(), std::max(a.size(), b.size()) - a.size(), 1);
  b.insert(b.begin(), a.size() - b.size(), 1);
  Product p;
  for (std::size_t i = 0; i < a.size(); ++i) push_batch(p.a, p.b, a[i], b[i]);
  if (p.b == Sizes{1} && !f.trans_a) {  // one matrix for all rows of a
    const std::int64_t rows = p.a[0] * m;
    return {{rows, k}, {k, n}, {rows, n}};
  }
  for (std::size_t i = 0; i < p.a.size(); ++i) p.y.push_back(p.a[i] == 1 ? p.b[i] : p.a[i]);
  p.a.insert(p.a.end(), {m, k});
  p.b.insert(p.b.end(), {k, n});
  p.y.insert(p.y.end(), {m, n});
  return p;
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

// Sizes of the addend, of any shape that broadcasts to [M, N], with as many dimensions as y.
Sizes addend_sizes(const NodeView& node, const Product& p) {
  Sizes s(node.in_shape(kAddend));
  s.insert(s.begin(), p.y.size() - s.size(), 1);
  return s;
}

std::unique_ptr<Kernel> degenerate(const NodeView& node, const Product& p, const Factors& f) {
  Degenerate d{.residual = kResidual, .activation = f.activation};
  if (has_addend(node)) {
    const Sizes s = addend_sizes(node, p);
    const bool by_row = s[s.size() - 2] != 1, by_column = s.back() != 1;
    (by_row && by_column ? d.residual : d.bias) = kAddend;
    d.channels = by_row ? p.m() : by_column ? p.n() : 1;
    d.inner = by_row ? p.n() : 1;
  }
  return degenerate_kernel(node, d);
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Factors f = factors_of(node);
  const Product p = product_of(node, f);
  if (has_zero(p.a) || has_zero(p.b)) return degenerate(node, p, f);
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
      post.add_tensor(addend, Place::input(kAddend));
    }
  }
  if (node.has(kResidual)) post.add_residual(node, kResidual, y);
  post.activate(f.activation);

  return guarded("prepare a matrix product", [&] {
    const int parts = product_parts_for(ctx);
    const PartsScope scope(parts);
    const auto make = [&](const Desc& weights) {
      return dnnl::matmul::primitive_desc(cpu_engine(), a, weights, bias, y, post.attr());
    };
    const Tensor* constant = node.constant(kB);
    const auto pd = constant != nullptr
                        ? with_shared_layout(ctx, *constant, p.b,
                                             [&](const Desc& weights) { return prefer(kFamily, [&] { return make(weights); }); })
                    : p.m() == 1 ? make(b)  // a vector: copying b to blocks would cost more than the product
                                 : prefer(kFamily, [&] { return make(b); });
    auto kernel = std::make_unique<PrimitiveKernel>(parts);
    kernel->set_description(pd.impl_info_str());
    std::vector<Binding> bindings = {{DNNL_ARG_SRC, a, Place::input(0)},
                                     bind_weights(*kernel, node, ctx, kB, DNNL_ARG_WEIGHTS, b, pd.weights_desc()),
                                     {DNNL_ARG_DST, y, Place::output(0)}};
    if (!bias.is_zero()) bindings.push_back({DNNL_ARG_BIAS, bias, Place::input(kAddend)});
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
