// Softmax and LogSoftmax along one axis.
#include <arm_compute/runtime/experimental/operators/CpuSoftmax.h>

#include "backends/acl/kernels.h"
#include "backends/acl/simple.h"
#include "engine/backend/degenerate.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::acl {
namespace {

Claim claim(const NodeView& node) {
  if (std::string no = refuse_tensors(node, 1, 12); !no.empty()) return Claim::no("{}", no);
  if (node.in(0).layout != Layout::kPlain) return Claim::no("layout channels_last");
  if (node.in(0).rank() == 0) return Claim::no("a scalar");
  return second_choice();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0);
  if (has_zero(x)) return constant_kernel(0);
  const AxisSplit s = split_at(x, axis_of(node.attrs().i("axis"), static_cast<int>(x.size())));
  const bool log = node.op().name == "LogSoftmax";
  const auto configure = [log, axis = s.inner == 1 ? 0 : 1](arm::experimental::op::CpuSoftmax& op, const Views& v) {
    op.configure(v[0]->info(), v[1]->info(), 1.0f, axis, log);
  };
  const DType dtype = node.in(0).dtype;
  const arm::TensorInfo as = s.inner == 1 ? dense_info(dtype, {s.outer, s.axis}) : dense_info(dtype, {s.outer, s.axis, s.inner});
  return single_kernel(ctx, "a softmax", operator_of<arm::experimental::op::CpuSoftmax>(configure),
                       {{arm::ACL_SRC_0, as, Place::input(0)}, {arm::ACL_DST_0, as, Place::output(0)}});
}

}  // namespace

std::span<const KernelEntry> softmax_kernels() {
  static const KernelEntry entries[] = {{"Softmax", claim, prepare}, {"LogSoftmax", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
