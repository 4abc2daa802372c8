// MatMul, Gemm, onnxrun.FusedMatMul: y = act(scale * a @ b + addend + residual), batched with numpy's broadcasting.
#include <arm_compute/runtime/experimental/low_level/CpuGemmAssemblyDispatch.h>
#include <arm_compute/runtime/experimental/operators/CpuTranspose.h>

#include "backends/acl/activation.h"
#include "backends/acl/isa.h"
#include "backends/acl/kernels.h"
#include "backends/acl/rest.h"
#include "backends/acl/scheduler.h"
#include "backends/acl/status.h"
#include "engine/backend/product.h"

namespace onnxrun::acl {
namespace {

using Dispatch = arm::experimental::op::ll::CpuGemmAssemblyDispatch;

// `count` products [m, k] x [k, n] = [m, n] at once, whose matrices lie behind one another.
struct Matrices {
  DType dtype;
  std::int64_t count, m, n, k;
  bool trans_b, constant_b;
  arm::TensorInfo a() const { return dense_info(dtype, {count, 1, m, k}); }
  arm::TensorInfo b() const {
    const arm::TensorInfo info = trans_b ? dense_info(dtype, {count, n, k}) : dense_info(dtype, {count, k, n});
    return constant_b ? constant_info(info) : info;
  }
  arm::TensorInfo y() const { return dense_info(dtype, {count, 1, m, n}); }
};

arm::GEMMInfo gemm_info(const Matrices& m, const arm::ActivationLayerInfo& activation, Math math) {
  arm::GEMMInfo info;
  info.set_fast_math(math == Math::kFast && has_bf16());
  info.set_activation_info(activation);
  info.set_pretranspose_B(m.trans_b);
  return info;
}

// Elements from one group of products to the next.
struct Step {
  std::int64_t a, b, y;
};

// The products of all groups, one group after the other: where both factors have the last batch size, it is done at once; what
// broadcasts in one of them is walked over.
class GroupedProduct final : public OperatorOperation<Dispatch> {
 public:
  GroupedProduct(const Views& v, std::vector<Step> steps, std::size_t element)
      : views_(v), steps_(std::move(steps)), element_(element) {}
  // A factor that is not constant is packed when it is there, by run().
  void prepare(arm::ITensorPack& pack) override {
    if (adopts()) op.prepare(pack);
  }
  void run(arm::ITensorPack& pack) override {
    const auto *a = views_[0]->buffer(), *b = views_[1]->buffer(), *y = views_[2]->buffer();
    const auto at = [&](const std::uint8_t* base, std::int64_t elements) {
      return base == nullptr ? nullptr : base + elements * static_cast<std::int64_t>(element_);
    };
    for (const Step& s : steps_) {
      views_[0]->bind(at(a, s.a));
      views_[1]->bind(at(b, s.b));
      views_[2]->bind(at(y, s.y));
      op.run(pack);
    }
    views_[1]->bind(b);
  }

 private:
  const Views& views_;
  std::vector<Step> steps_;
  std::size_t element_;
};

struct Groups {
  std::int64_t at_once = 1;
  std::vector<Step> steps;
};

Groups groups_of(const Product& p) {
  Groups g;
  std::size_t rank = p.y.size() - 2;
  if (rank > 0 && p.a[rank - 1] == p.b[rank - 1]) g.at_once = p.y[--rank];
  const std::int64_t of_a = g.at_once * p.m() * p.k(), of_b = g.at_once * p.k() * p.n(), of_y = g.at_once * p.m() * p.n();
  g.steps = {{0, 0, 0}};
  std::int64_t a = 1, b = 1, y = 1;  // groups per index
  for (std::size_t i = rank; i-- > 0;) {
    std::vector<Step> more;
    for (std::int64_t j = 0; j < p.y[i]; ++j) {
      for (const Step& s : g.steps) {
        more.push_back({s.a + (p.a[i] == 1 ? 0 : j * a * of_a), s.b + (p.b[i] == 1 ? 0 : j * b * of_b), s.y + j * y * of_y});
      }
    }
    g.steps = std::move(more);
    a *= p.a[i];
    b *= p.b[i];
    y *= p.y[i];
  }
  return g;
}

Claim claim(const NodeView& node) {
  if (std::string no = refuse_dtype(node.in(0).dtype); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_product(node, 12); !no.empty()) return Claim::no("{}", no);
  const Matrices example{node.in(0).dtype, 1, 8, 8, 8, false, false};
  const arm::TensorInfo a = example.a(), b = example.b(), y = example.y();
  const arm::Status status = Dispatch::validate(&a, &b, nullptr, &y, gemm_info(example, {}, Math::kDefault));
  return status ? Claim::yes() : Claim::no("{}", reason(status));
}

// a, transposed in scratch memory.
Place transposed_a(AclKernel& kernel, const Product& p, DType dtype) {
  const std::int64_t matrices = element_count(std::span(p.a).first(p.a.size() - 2));
  const Place place = Place::scratch(kernel.reserve(dtype_bytes(dtype, matrices * p.m() * p.k())));
  const auto configure = [](arm::experimental::op::CpuTranspose& op, const Views& v) {
    op.configure(v[0]->info(), v[1]->info());
  };
  kernel.add(operator_of<arm::experimental::op::CpuTranspose>(configure),
             {{arm::ACL_SRC, dense_info(dtype, {matrices, p.k(), p.m()}), Place::input(0)},
              {arm::ACL_DST, dense_info(dtype, {matrices, p.m(), p.k()}), place}});
  return place;
}

// Whether the product adds the addend itself: one number per column, unscaled.
bool adds_bias(const NodeView& node, const Product& p, const ProductFactors& f) {
  if (!has_addend(node) || f.scale != 1) return false;
  const Shape s = addend_sizes(node, p);
  return s[s.size() - 2] == 1 && s.back() == p.n();
}

void add_product(AclKernel& kernel, const NodeView& node, const Product& p, const ProductFactors& f, Rest& rest, Math math) {
  const DType dtype = node.in(0).dtype;
  const Groups groups = groups_of(p);
  const Tensor* constant = groups.steps.size() == 1 ? node.constant(kProductB) : nullptr;
  const Matrices m{dtype, groups.at_once, p.m(), p.n(), p.k(), f.trans_b, constant != nullptr};
  const Place a = f.trans_a ? transposed_a(kernel, p, dtype) : Place::input(0);
  std::vector<Argument> arguments = {
      {arm::ACL_SRC_0, m.a(), a},
      {arm::ACL_SRC_1, m.b(), constant != nullptr ? Place::constant(*constant) : Place::input(kProductB)},
      {arm::ACL_DST, m.y(), Place::output(0)}};
  const bool bias = adds_bias(node, p, f);
  if (bias) {
    arguments.push_back({arm::ACL_SRC_2, dense_info(dtype, {p.n()}), Place::input(kProductAddend)});
    rest.sum.bias = -1;
  }
  arm::ActivationLayerInfo activation;
  const auto known = library_activation(f.activation);
  if (known && known->enabled() && Dispatch::is_activation_supported(*known) && rest.scale == 1 && rest.sum.bias < 0 &&
      (rest.sum.residual < 0 || !node.has(rest.sum.residual))) {
    activation = *known;
    rest.sum.activation = {};
  }
  const arm::GEMMInfo info = gemm_info(m, activation, math);
  kernel.add(
      [info, groups, element = dtype_bytes(dtype, 1),
       adopts = constant != nullptr](const Views& v) -> std::unique_ptr<Operation> {
        auto made = std::make_unique<GroupedProduct>(v, groups.steps, element);
        made->op.configure(v[0]->info(), v[1]->info(), v.size() > 3 ? v[3]->info() : nullptr, v[2]->info(), info);
        require(ErrorCode::kUnsupported, made->op.is_configured(), "Arm Compute Library has no kernel for this product");
        if (adopts) made->set_adopts();
        return made;
      },
      std::move(arguments), constant);
  if (constant != nullptr) kernel.set_unread(kProductB);
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const ProductFactors f = factors_of(node);
  const Product p = product_of(node, f);
  Rest rest{f.scale, rest_of(node, p, f)};
  if (has_zero(p.a) || has_zero(p.b)) return degenerate_kernel(node, rest.sum);
  if (!has_addend(node) && rest.sum.bias == kProductAddend) rest.sum.bias = -1;
  return guarded("prepare a matrix product", [&] {
    auto kernel = std::make_unique<AclKernel>(ctx);
    const TurnScope turn(ctx.parallel, parts_for(ctx));
    add_product(*kernel, node, p, f, rest, ctx.math);
    add_rest(*kernel, node, rest, dense_info(node.in(0).dtype, {element_count(p.y)}), Place::output(0));
    kernel->finish(ctx);
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> matmul_kernels() {
  static const KernelEntry entries[] = {
      {"onnxrun.FusedMatMul", claim, prepare}, {"MatMul", claim, prepare}, {"Gemm", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
