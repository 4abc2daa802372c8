// ReduceSum, ReduceMean, ReduceProd over axes that lie side by side. Not ReduceMax and ReduceMin, in which ACL loses NaN.
#include <arm_compute/runtime/NEON/functions/NEReductionOperation.h>

#include <algorithm>

#include "backends/acl/function.h"
#include "backends/acl/kernels.h"
#include "backends/acl/simple.h"
#include "engine/backend/degenerate.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::acl {
namespace {

struct Row {
  std::string_view op;
  arm::ReductionOperation operation;
};
constexpr Row kRows[] = {{"ReduceSum", arm::ReductionOperation::SUM},
                         {"ReduceMean", arm::ReductionOperation::MEAN_SUM},
                         {"ReduceProd", arm::ReductionOperation::PROD}};

// The axes, sorted, all of them when none is given. `axes` is constant.
std::vector<int> axes_of(const NodeView& node) {
  std::vector<int> axes;
  const int rank = node.in(0).rank();
  if (const Tensor* given = node.constant(1)) {
    for (const std::int64_t axis : given->view<std::int64_t>()) axes.push_back(axis_of(axis, rank));
  }
  if (axes.empty()) {
    for (int i = 0; i < rank; ++i) axes.push_back(i);
  }
  std::ranges::sort(axes);
  return axes;
}

Claim claim(const NodeView& node) {
  if (std::string no = refuse_tensors(node, 1, 12); !no.empty()) return Claim::no("{}", no);
  if (node.in(0).layout != Layout::kPlain) return Claim::no("layout channels_last");
  if (node.has(1) && node.constant(1) == nullptr) return Claim::no("the axes are computed");
  if (node.attrs().i("noop_with_empty_axes", 0) != 0 && (!node.has(1) || node.constant(1)->size() == 0))
    return Claim::no("nothing to reduce");
  const std::vector<int> axes = axes_of(node);
  if (axes.empty()) return Claim::no("a scalar");
  if (axes.back() - axes.front() + 1 != static_cast<int>(axes.size())) return Claim::no("axes with others between them");
  for (int i = axes.front(); i <= axes.back(); ++i) {
    const Dim& size = node.in(0).dims()[static_cast<std::size_t>(i)];
    if (!size.known() || size.value() == 0) return Claim::no("axis {} may be empty", i);
  }
  return second_choice();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0);
  if (has_zero(x)) return constant_kernel(0);
  const std::vector<int> axes = axes_of(node);
  AxisSplit s = split_at(x, axes.front());
  for (int i = axes.front() + 1; i <= axes.back(); ++i) {
    s.axis *= x[static_cast<std::size_t>(i)];
    s.inner /= x[static_cast<std::size_t>(i)];
  }
  const DType dtype = node.in(0).dtype;
  const bool rows = s.inner == 1;
  const auto operation = std::ranges::find(kRows, node.op().name, &Row::op)->operation;
  const auto configure = [operation, rows](arm::NEReductionOperation& f, const Views& v) {
    f.configure(v[0].get(), v[1].get(), rows ? 0 : 1, operation, true);
  };
  return single_kernel(
      ctx, "a reduction", function_of<arm::NEReductionOperation>(configure),
      {{-1, rows ? dense_info(dtype, {s.outer, s.axis}) : dense_info(dtype, {s.outer, s.axis, s.inner}), Place::input(0)},
       {-1, rows ? dense_info(dtype, {s.outer, 1}) : dense_info(dtype, {s.outer, 1, s.inner}), Place::output(0)}});
}

}  // namespace

std::span<const KernelEntry> reduce_kernels() {
  static const std::vector<KernelEntry> entries = [] {
    std::vector<KernelEntry> list;
    for (const Row& row : kRows) list.push_back({row.op, claim, prepare});
    return list;
  }();
  return entries;
}

}  // namespace onnxrun::acl
