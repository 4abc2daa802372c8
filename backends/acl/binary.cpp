// Add, Sub, Mul, Div, Max and Min of two tensors that broadcast.
#include <arm_compute/runtime/experimental/operators/CpuAdd.h>
#include <arm_compute/runtime/experimental/operators/CpuElementwise.h>
#include <arm_compute/runtime/experimental/operators/CpuMul.h>
#include <arm_compute/runtime/experimental/operators/CpuSub.h>

#include "backends/acl/kernels.h"
#include "backends/acl/simple.h"
#include "engine/backend/degenerate.h"

namespace onnxrun::acl {
namespace {

namespace op = arm::experimental::op;

Claim claim(const NodeView& node) {
  if (node.inputs() != 2) return Claim::no("{} inputs, want 2", node.inputs());
  if (std::string no = refuse_tensors(node, 2, 6); !no.empty()) return Claim::no("{}", no);
  if (node.in(0).layout == Layout::kChannelsLast && node.in(0).rank() != node.in(1).rank())
    return Claim::no("channels-last inputs of different rank");
  return second_choice();
}

template <class Operator>
void configure(Operator& o, const Views& v) {
  o.configure(v[0]->info(), v[1]->info(), v[2]->info());
}
void configure(op::CpuAdd& o, const Views& v) {
  o.configure(v[0]->info(), v[1]->info(), v[2]->info(), arm::ConvertPolicy::SATURATE);
}
void configure(op::CpuSub& o, const Views& v) {
  o.configure(v[0]->info(), v[1]->info(), v[2]->info(), arm::ConvertPolicy::SATURATE);
}
void configure(op::CpuMul& o, const Views& v) {
  o.configure(v[0]->info(), v[1]->info(), v[2]->info(), 1.0f, arm::ConvertPolicy::SATURATE, arm::RoundingPolicy::TO_ZERO);
}

template <class Operator>
std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  if (has_zero(node.out_shape(0))) return constant_kernel(0);
  const auto info = [&](const Type& type) { return dense_info(type.dtype, physical_sizes(type)); };
  return single_kernel(ctx, node.op().name, operator_of<Operator>([](Operator& o, const Views& v) { configure(o, v); }),
                       {{arm::ACL_SRC_0, info(node.in(0)), Place::input(0)},
                        {arm::ACL_SRC_1, info(node.in(1)), Place::input(1)},
                        {arm::ACL_DST, info(node.out(0)), Place::output(0)}});
}

}  // namespace

std::span<const KernelEntry> binary_kernels() {
  static const KernelEntry entries[] = {{"Add", claim, prepare<op::CpuAdd>},
                                        {"Sub", claim, prepare<op::CpuSub>},
                                        {"Mul", claim, prepare<op::CpuMul>},
                                        {"Div", claim, prepare<op::CpuElementwiseDivision>},
                                        {"Max", claim, prepare<op::CpuElementwiseMax>},
                                        {"Min", claim, prepare<op::CpuElementwiseMin>}};
  return entries;
}

}  // namespace onnxrun::acl
