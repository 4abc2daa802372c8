// TopK where k is known and small: every one of the k costs a sweep over the row.
#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/float_types.h"
#include "engine/backend/known_ints.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cuda {
namespace {

constexpr std::int64_t kMost = 1024;

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (!is_f32_like(x.dtype) && x.dtype != DType::kInt32 && x.dtype != DType::kInt64) return Claim::no("input 0 is {}", dtype_name(x.dtype));
  if (!x.ranked() || x.layout != Layout::kPlain) return Claim::no("the rank is unknown or the layout not plain");
  const auto k = known_ints(node, 1);
  if (!k || k->size() != 1) return Claim::no("k is computed");
  if (k->front() > kMost) return Claim::no("k = {}, at most {}", k->front(), kMost);
  return Claim::yes();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const AxisSplit s = split_at(node.in_shape(0), axis_of(node.attrs().i("axis"), node.in(0).rank()));
  const TopKArgs args{.type = elem_of(node.in(0).dtype),
                      .largest = node.attrs().i("largest") != 0,
                      .outer = s.outer,
                      .axis = s.axis,
                      .inner = s.inner,
                      .k = known_ints(node, 1)->front()};
  return std::make_unique<LaunchKernel<TopKArgs>>(ctx, "top k", &Api::top_k, args, [](TopKArgs& a, const KernelArgs& k) {
    a.x = k.inputs[0].data;
    a.values = k.outputs[0].data;
    a.indices = k.outputs[1].data;
  });
}

}  // namespace

std::span<const KernelEntry> top_k_kernels() {
  static const KernelEntry entries[] = {{"TopK", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cuda
