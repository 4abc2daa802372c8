// Functions of single elements: activations and a few others.
#include <arm_compute/runtime/NEON/functions/NEElementwiseUnaryLayer.h>
#include <arm_compute/runtime/experimental/operators/CpuActivation.h>

#include <algorithm>

#include "backends/acl/activation.h"
#include "backends/acl/function.h"
#include "backends/acl/kernels.h"
#include "backends/acl/simple.h"
#include "engine/backend/degenerate.h"

namespace onnxrun::acl {
namespace {

using arm::experimental::op::CpuActivation;

struct Row {
  std::string_view op;
  Activation kind;
};
constexpr Row kActivations[] = {{"Relu", Activation::kRelu},       {"LeakyRelu", Activation::kLeakyRelu},
                                {"Sigmoid", Activation::kSigmoid}, {"Tanh", Activation::kTanh},
                                {"Elu", Activation::kElu},         {"HardSwish", Activation::kHardSwish},
                                {"Swish", Activation::kSwish},     {"Gelu", Activation::kGelu}};

ActivationSpec activation_of(const NodeView& node) {
  const Row& row = *std::ranges::find(kActivations, node.op().name, &Row::op);
  return {row.kind, node.attrs().f("alpha", 0), 0};
}

Claim claim(const NodeView& node) {
  if (std::string no = refuse_tensors(node, 1, 12); !no.empty()) return Claim::no("{}", no);
  if (node.op().name == "Gelu" && node.attrs().s("approximate", "none") != "none") return Claim::no("Gelu by tanh");
  return second_choice();
}

// Elements in a row, as the library's kernels take them best.
arm::TensorInfo row_info(const NodeView& node) { return dense_info(node.in(0).dtype, {element_count(node.in_shape(0))}); }

std::unique_ptr<Kernel> prepare_activation(const NodeView& node, PrepareContext& ctx) {
  if (has_zero(node.in_shape(0))) return constant_kernel(0);
  const auto configure = [info = *library_activation(activation_of(node))](CpuActivation& op, const Views& v) {
    op.configure(v[0]->info(), v[1]->info(), info);
  };
  return single_kernel(ctx, "an activation", operator_of<CpuActivation>(configure),
                       {{arm::ACL_SRC, row_info(node), Place::input(0)}, {arm::ACL_DST, row_info(node), Place::output(0)}});
}

template <class Function>
std::unique_ptr<Kernel> prepare_function(const NodeView& node, PrepareContext& ctx) {
  if (has_zero(node.in_shape(0))) return constant_kernel(0);
  return single_kernel(ctx, node.op().name,
                       function_of<Function>([](Function& f, const Views& v) { f.configure(v[0].get(), v[1].get()); }),
                       {{-1, row_info(node), Place::input(0)}, {-1, row_info(node), Place::output(0)}});
}

}  // namespace

std::span<const KernelEntry> unary_kernels() {
  static const std::vector<KernelEntry> entries = [] {
    // Not Exp: ACL's is infinite from e^88.4 on, below the largest f32.
    std::vector<KernelEntry> list = {{"Neg", claim, prepare_function<arm::NENegLayer>},
                                     {"Abs", claim, prepare_function<arm::NEAbsLayer>},
                                     {"Round", claim, prepare_function<arm::NERoundLayer>}};
    for (const Row& row : kActivations) list.push_back({row.op, claim, prepare_activation});
    return list;
  }();
  return entries;
}

}  // namespace onnxrun::acl
