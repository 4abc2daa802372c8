// Work along an axis: Softmax, LogSoftmax, the layer normalisations, CumSum.
#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/claims.h"
#include "engine/backend/float_types.h"
#include "engine/backend/known_ints.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cuda {
namespace {

Claim claim_softmax(const NodeView& node) {
  const std::string why = refuse_plain_floats(node, 1);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}
std::unique_ptr<Kernel> prepare_softmax(const NodeView& node, PrepareContext& ctx) {
  const AxisSplit s = split_at(node.in_shape(0), axis_of(node.attrs().i("axis"), node.in(0).rank()));
  const SoftmaxArgs args{.type = elem_of(node.in(0).dtype),
                         .log = node.op().name == "LogSoftmax",
                         .outer = s.outer,
                         .axis = s.axis,
                         .inner = s.inner};
  return std::make_unique<LaunchKernel<SoftmaxArgs>>(
      ctx, "softmax", &Api::softmax, args,
      [](SoftmaxArgs& a, const KernelArgs& k) { a.x = k.inputs[0].data, a.y = k.outputs[0].data; }, 0);
}

const void* input(const KernelArgs& k, std::size_t i) { return i < k.inputs.size() ? k.inputs[i].data : nullptr; }

// Inputs x, gamma, beta; with a skip connection x, skip, gamma, beta, bias, and without beta when it is rms.
template <bool rms, bool skip>
std::unique_ptr<Kernel> prepare_norm(const NodeView& node, PrepareContext& ctx) {
  const Shape shape = node.in_shape(0);
  const int rank = static_cast<int>(shape.size()), axis = skip ? rank - 1 : axis_of(node.attrs().i("axis"), rank);
  NormArgs args{
      .type = elem_of(node.in(0).dtype), .rms = rms, .rows = 1, .width = 1, .skip_rows = 1, .epsilon = node.attrs().f("epsilon")};
  for (int d = 0; d < rank; ++d) (d < axis ? args.rows : args.width) *= shape[static_cast<std::size_t>(d)];
  if (skip && args.width > 0) args.skip_rows = std::max<std::int64_t>(1, element_count(node.in_shape(1)) / args.width);
  return std::make_unique<LaunchKernel<NormArgs>>(
      ctx, skip ? "skip and norm" : "norm", &Api::norm, args,
      [](NormArgs& a, const KernelArgs& k) {
        a.x = k.inputs[0].data;
        a.gamma = input(k, skip ? 2 : 1);
        if (!rms) a.beta = input(k, skip ? 3 : 2);
        if (skip) a.skip = input(k, 1), a.bias = input(k, rms ? 3 : 4);
        a.y = k.outputs[0].data;
        if (skip && k.outputs.size() > 3) a.sum = k.outputs[3].data;
      },
      skip ? -1 : 0);
}

Claim claim_cumulate(const NodeView& node) {
  const Type& x = node.in(0);
  if (!x.ranked() || x.layout != Layout::kPlain) return Claim::no("the rank is unknown or the layout not plain");
  if (!is_f32_like(x.dtype) && x.dtype != DType::kInt32 && x.dtype != DType::kInt64)
    return Claim::no("input 0 is {}", dtype_name(x.dtype));
  if (!known_ints(node, 1)) return Claim::no("the axis is computed");
  return Claim::yes();
}
std::unique_ptr<Kernel> prepare_cumulate(const NodeView& node, PrepareContext& ctx) {
  const AxisSplit s = split_at(node.in_shape(0), axis_of(known_ints(node, 1)->front(), node.in(0).rank()));
  const CumulateArgs args{.type = elem_of(node.in(0).dtype),
                          .exclusive = node.attrs().i("exclusive", 0) != 0,
                          .reverse = node.attrs().i("reverse", 0) != 0,
                          .outer = s.outer,
                          .axis = s.axis,
                          .inner = s.inner};
  return std::make_unique<LaunchKernel<CumulateArgs>>(
      ctx, "running sum", &Api::cumulate, args,
      [](CumulateArgs& a, const KernelArgs& k) { a.x = k.inputs[0].data, a.y = k.outputs[0].data; });
}

}  // namespace

std::span<const KernelEntry> rows_kernels() {
  static const KernelEntry entries[] = {
      {"Softmax", claim_softmax, prepare_softmax},
      {"LogSoftmax", claim_softmax, prepare_softmax},
      {"LayerNormalization", claim_norm, prepare_norm<false, false>},
      {"RMSNormalization", claim_norm, prepare_norm<true, false>},
      {"com.microsoft.SkipLayerNormalization", claim_skip_norm, prepare_norm<false, true>},
      {"com.microsoft.SkipSimplifiedLayerNormalization", claim_skip_norm, prepare_norm<true, true>},
      {"CumSum", claim_cumulate, prepare_cumulate},
  };
  return entries;
}

}  // namespace onnxrun::cuda
