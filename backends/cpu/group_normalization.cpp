// InstanceNormalization and GroupNormalization: rows of one channel or of a group of channels,
//   y = (x - mean) / sqrt(var + epsilon) * gamma[c] + beta[c]
#include "backends/cpu/isa.h"
#include "backends/cpu/simd.h"
#include "engine/backend/float_types.h"
#include "engine/base/half.h"

#ifndef ONNXRUN_CPU_GROUP_NORMALIZATION_TYPES
#define ONNXRUN_CPU_GROUP_NORMALIZATION_TYPES
namespace onnxrun::cpu {
struct GroupArgs {
  const void* x = nullptr;
  const void* gamma = nullptr;
  const void* beta = nullptr;
  void* y = nullptr;
  std::int64_t channels = 1;  // of an item of the batch
  std::int64_t together = 1;  // channels of a row
  std::int64_t inner = 1;     // elements of a channel
  float epsilon = 0.0f;
};
using GroupFn = void (*)(const GroupArgs& args, std::int64_t begin, std::int64_t end);
}  // namespace onnxrun::cpu
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/group_normalization.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/norm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

template <class T>
void GroupRow(const GroupArgs& args, std::int64_t r) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d), inner = static_cast<std::size_t>(args.inner);
  const std::int64_t width = args.together * args.inner;
  const T* x = static_cast<const T*>(args.x) + r * width;
  T* y = static_cast<T*>(args.y) + r * width;
  auto mean = hn::Zero(d), scale = mean;
  Moments<false>(d, RowOf<T>{x, nullptr, nullptr, static_cast<std::size_t>(width)}, args.epsilon, mean, scale);
  std::int64_t c = r * args.together % args.channels;
  for (std::int64_t k = 0; k < args.together; ++k, ++c, x += inner, y += inner) {
    const auto a = hn::Mul(scale, hn::Set(d, static_cast<float>(static_cast<const T*>(args.gamma)[c])));
    const auto b = hn::Set(d, static_cast<float>(static_cast<const T*>(args.beta)[c]));
    std::size_t i = 0;
    for (; i + lanes <= inner; i += lanes) StoreF32(hn::MulAdd(hn::Sub(LoadF32(d, x + i), mean), a, b), d, y + i);
    if (i < inner) StorePartF32(hn::MulAdd(hn::Sub(LoadPartF32(d, x + i, inner - i), mean), a, b), d, y + i, inner - i);
  }
}

template <class T>
void GroupRows(const GroupArgs& args, std::int64_t begin, std::int64_t end) {
  for (std::int64_t r = begin; r < end; ++r) GroupRow<T>(args, r);
}

GroupFn FindGroup(DType dtype) {
  return dtype == DType::kFloat32 ? GroupRows<float> : dtype == DType::kBFloat16 ? GroupRows<BFloat16> : GroupRows<Float16>;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindGroup);

namespace {

class GroupKernel : public Kernel {
 public:
  explicit GroupKernel(const NodeView& node) : fn_(HWY_DYNAMIC_POINTER(FindGroup)(node.in(0).dtype)) {
    const Shape shape = node.in_shape(0);
    base_.channels = shape[1];
    const std::int64_t groups = node.attrs().i("num_groups", base_.channels);  // InstanceNormalization doesn't have it
    base_.together = groups == 0 ? 0 : base_.channels / groups;
    for (std::size_t i = 2; i < shape.size(); ++i) base_.inner *= shape[i];
    base_.epsilon = node.attrs().f("epsilon");
    rows_ = shape[0] * groups;
  }
  int in_place_input(int) const override { return 0; }
  std::string describe() const override { return fmt::format("group-norm {}", isa_name()); }
  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    GroupArgs a = base_;
    a.x = args.inputs[0].data;
    a.gamma = args.inputs[1].data;
    a.beta = args.inputs[2].data;
    a.y = args.outputs[0].data;
    args.parallel.range(rows_, 1 + 8192 / (a.together * a.inner), [&](std::int64_t begin, std::int64_t end) { fn_(a, begin, end); });
  }

 private:
  GroupFn fn_;
  GroupArgs base_;
  std::int64_t rows_ = 0;
};

Claim claim(const NodeView& node) {
  const std::string why = refuse_plain_floats(node, 3);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}

}  // namespace

std::span<const KernelEntry> group_normalization_kernels() {
  static const KernelEntry entries[] = {{"InstanceNormalization", claim, make_kernel<GroupKernel>},
                                        {"GroupNormalization", claim, make_kernel<GroupKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
#endif
