// MatMul, Gemm, onnxrun.FusedMatMul: y = act(scale * a @ b + bias + residual), batched with numpy's broadcasting.
#include <algorithm>

#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/float_types.h"
#include "engine/backend/product.h"

namespace onnxrun::cuda {
namespace {

Claim claim(const NodeView& node) {
  const DType dtype = node.in(0).dtype;
  if (!is_f32_like(dtype)) return Claim::no("input 0 is {}, want f32, f16 or bf16", dtype_name(dtype));
  if (std::string why = refuse_product(node, kMaxDims); !why.empty()) return Claim::no("{}", why);
  return Claim::yes();
}

// Where one product of a batch begins, in elements.
struct Turn {
  std::int64_t a, b, y;
};

// The batch dimensions but the last, one turn each; the last one is the library's.
std::vector<Turn> turns_of(const Product& p) {
  const std::size_t outer = p.y.size() > 3 ? p.y.size() - 3 : 0;
  const List a = dense_strides(p.a, Layout::kPlain), b = dense_strides(p.b, Layout::kPlain),
             y = dense_strides(p.y, Layout::kPlain);
  std::vector<Turn> turns{{0, 0, 0}};
  for (std::size_t d = 0; d < outer; ++d) {
    std::vector<Turn> next;
    for (const Turn& t : turns) {
      for (std::int64_t i = 0; i < p.y[d]; ++i) {
        next.push_back({t.a + (p.a[d] == 1 ? 0 : i * a[d]), t.b + (p.b[d] == 1 ? 0 : i * b[d]), t.y + i * y[d]});
      }
    }
    turns = std::move(next);
  }
  return turns;
}

ProductSpec spec_of(const NodeView& node, const Product& p, const ProductFactors& f, Math math) {
  ProductSpec s{.type = elem_of(node.in(0).dtype),
                .precision = math == Math::kExact ? Precision::kExact : Precision::kTf32,
                .trans_a = f.trans_a,
                .trans_b = f.trans_b,
                .batch = 1,
                .m = p.m(),
                .n = p.n(),
                .k = p.k(),
                .scale = f.scale,
                .end = {Code::kCopy, 0, 0}};
  if (p.y.size() > 2) {
    const std::size_t d = p.y.size() - 3;
    s.batch = p.y[d];
    s.a_stride = p.a[d] == 1 ? 0 : s.m * s.k;
    s.b_stride = p.b[d] == 1 ? 0 : s.k * s.n;
    s.y_stride = s.m * s.n;
  }
  return s;
}

// What the library's own end can't do, as a program over y: any addend, then the residual and the activation.
std::optional<ElementwiseArgs> rest_after(const NodeView& node, const Product& p, FusedEnd end) {
  const List dense = dense_strides(p.y, Layout::kPlain);
  const Shape c = addend_sizes(node, p);
  List addend = dense_strides(c, Layout::kPlain);
  for (std::size_t d = 0; d < c.size(); ++d) addend[d] = c[d] == 1 ? 0 : addend[d];
  const Nest nest = make_nest(p.y, {dense, addend, dense});
  ElementwiseArgs args{};
  args.loops = nest.loops;
  args.inputs = node.has(kProductResidual) ? 3 : 2;
  args.out_type = elem_of(node.out(0).dtype);
  for (int i = 0; i < args.inputs; ++i) {
    args.in_type[i] = args.out_type;
    args.in_strides[i] = nest.strides[static_cast<std::size_t>(i)];
  }
  const auto push = [&](Code code, int a, int b, float x = 0, float y = 0) {
    args.code[args.instructions++] = {code, {{a, 0}, {b, 0}, {0, 0}}, x, y};
    return args.inputs + args.instructions - 1;
  };
  int last = push(Code::kAdd, 0, 1);
  if (args.inputs == 3) last = push(Code::kAdd, last, 2);
  if (end.activation != Code::kCopy) push(end.activation, last, 0, end.p, end.q);
  return args;
}

// Under fast math, in 16 bits, GELU is the one that cuBLASLt has inside, by tanh. They differ by 4.8e-4 at most; a pass over y is saved.
FusedEnd product_end(const NodeView& node, Math math) {
  FusedEnd end = end_of(node);
  const DType type = node.out(0).dtype;
  if (math == Math::kFast && end.activation == Code::kGelu && (type == DType::kFloat16 || type == DType::kBFloat16)) {
    end.activation = Code::kGeluTanh;
  }
  return end;
}

class ProductKernel final : public Kernel {
 public:
  ProductKernel(const NodeView& node, PrepareContext& ctx)
      : device_(device_of(ctx)), api_(device_.api()), bytes_(*element_bytes(node.in(0).dtype)) {
    const ProductFactors f = factors_of(node);
    const Product p = product_of(node, f);
    ProductSpec spec = spec_of(node, p, f, ctx.math);
    const Shape addend = has_addend(node) ? addend_sizes(node, p) : Shape{};
    const bool row = !addend.empty() && addend.back() == p.n() && element_count(addend) == p.n();
    if (addend.empty() || row) {
      spec.bias = row;
      spec.residual = node.has(kProductResidual);
      spec.end = product_end(node, ctx.math);
    } else {
      rest_ = rest_after(node, p, end_of(node));
    }
    bias_ = spec.bias, residual_ = spec.residual;
    if (element_count(p.y) == 0) return;
    turns_ = turns_of(p);
    handle_ = product_handle(device_of(ctx).handles(), api_, "prepare a matrix product", spec);
  }
  std::size_t scratch_bytes() const override { return handle_ == nullptr ? 0 : handle_->workspace(); }
  std::string describe() const override { return "cuda " + (handle_ == nullptr ? "nothing" : handle_->how()); }
  void run(const KernelArgs& args) const override {
    const auto at = [&](const void* data, std::int64_t element) {
      return static_cast<const std::byte*>(data) + element * bytes_;
    };
    const Stream stream = device_.stream();
    for (const Turn& t : turns_) {
      ProductBuffers b{.a = at(args.inputs[0].data, t.a),
                       .b = at(args.inputs[kProductB].data, t.b),
                       .y = static_cast<std::byte*>(args.outputs[0].data) + t.y * bytes_,
                       .workspace = args.scratch};
      if (bias_) b.bias = args.inputs[kProductAddend].data;
      if (residual_) b.residual = at(args.inputs[kProductResidual].data, t.y);
      call("matrix product", api_.run_product, handle_->get(), b, stream);
    }
    if (!rest_ || turns_.empty()) return;
    ElementwiseArgs bound = *rest_;
    bound.in[0] = bound.out = args.outputs[0].data;
    bound.in[1] = args.inputs[kProductAddend].data;
    if (bound.inputs == 3) bound.in[2] = args.inputs[kProductResidual].data;
    call("matrix product", api_.elementwise, bound, stream);
  }

 private:
  const CudaDevice& device_;
  const Api& api_;
  std::int64_t bytes_;
  bool bias_ = false, residual_ = false;
  std::vector<Turn> turns_;
  std::shared_ptr<const Handle> handle_;
  std::optional<ElementwiseArgs> rest_;
};

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) { return std::make_unique<ProductKernel>(node, ctx); }

}  // namespace

std::span<const KernelEntry> matmul_kernels() {
  static const KernelEntry entries[] = {
      {"onnxrun.FusedMatMul", claim, prepare}, {"MatMul", claim, prepare}, {"Gemm", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cuda
