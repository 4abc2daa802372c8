// Reductions over any axes, and the places of the largest and smallest.
#include <algorithm>

#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/float_types.h"
#include "engine/backend/known_ints.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cuda {
namespace {

struct Row {
  std::string_view op;
  Fold fold;
  bool integers;
};
constexpr Row kRows[] = {
    {"ReduceSum", Fold::kSum, true},        {"ReduceMean", Fold::kMean, false},
    {"ReduceMax", Fold::kMax, true},        {"ReduceMin", Fold::kMin, true},
    {"ReduceProd", Fold::kProd, true},      {"ReduceSumSquare", Fold::kSumSquare, true},
    {"ReduceL1", Fold::kL1, true},          {"ReduceL2", Fold::kL2, false},
    {"ReduceLogSum", Fold::kLogSum, false}, {"ReduceLogSumExp", Fold::kLogSumExp, false},
    {"ArgMax", Fold::kArgMax, false},       {"ArgMin", Fold::kArgMin, false},
};
const Row& row_of(const NodeView& node) { return *std::ranges::find(kRows, node.op().name, &Row::op); }
bool is_arg(const NodeView& node) { return row_of(node).fold >= Fold::kArgMax; }

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  const bool integers = row_of(node).integers && (x.dtype == DType::kInt32 || x.dtype == DType::kInt64);
  if (!is_f32_like(x.dtype) && !integers) return Claim::no("input 0 is {}", dtype_name(x.dtype));
  if (!x.ranked()) return Claim::no("the rank of input 0 is unknown");
  if (x.rank() > kMaxDims) return Claim::no("rank {}, at most {}", x.rank(), kMaxDims);
  if (x.layout != Layout::kPlain) return Claim::no("input 0 is {}", layout_name(x.layout));
  if (node.has(1) && !known_ints(node, 1)) return Claim::no("the axes are computed");
  return Claim::yes();
}

std::vector<bool> folded_dims(const NodeView& node) {
  const int rank = node.in(0).rank();
  List axes = known_ints(node, 1).value_or(List{});
  if (is_arg(node)) axes = {node.attrs().i("axis")};
  const bool all = axes.empty() && node.attrs().i("noop_with_empty_axes", 0) == 0;
  std::vector<bool> folded(static_cast<std::size_t>(rank), all);
  for (const std::int64_t axis : axes) {
    if (rank > 0) folded[static_cast<std::size_t>(axis_of(axis, rank))] = true;
  }
  return folded;
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape shape = node.in_shape(0);
  const List strides = dense_strides(shape, Layout::kPlain);
  const std::vector<bool> folded = folded_dims(node);
  List counts[2], steps[2];
  for (std::size_t d = 0; d < shape.size(); ++d) {
    counts[folded[d]].push_back(shape[d]);
    steps[folded[d]].push_back(strides[d]);
  }
  const Nest kept = make_nest(counts[0], {steps[0]}), inner = make_nest(counts[1], {steps[1]});
  const ReduceArgs args{.type = elem_of(node.in(0).dtype),
                        .fold = row_of(node).fold,
                        .last = node.attrs().i("select_last_index", 0) != 0,
                        .kept = kept.loops,
                        .folded = inner.loops,
                        .kept_strides = kept.strides[0],
                        .folded_strides = inner.strides[0]};
  return std::make_unique<LaunchKernel<ReduceArgs>>(ctx, "reduce", &Api::reduce, args, [](ReduceArgs& a, const KernelArgs& k) {
    a.x = k.inputs[0].data, a.y = k.outputs[0].data;
  });
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

}  // namespace onnxrun::cuda
