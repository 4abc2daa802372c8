// LayerNormalization, RMSNormalization and com.microsoft.SkipLayerNormalization over rows of the last axes:
//   v = x (+ skip + bias);  y = (v - mean(v)) / sqrt(var(v) + epsilon) * gamma + beta      (RMS: without the mean)
#include "backends/cpu/isa.h"
#include "backends/cpu/simd.h"
#include "engine/backend/claims.h"
#include "engine/base/half.h"
#include "engine/ir/axis_split.h"

#ifndef ONNXRUN_CPU_LAYERNORM_TYPES
#define ONNXRUN_CPU_LAYERNORM_TYPES
namespace onnxrun::cpu {
struct NormArgs {
  const void* x = nullptr;
  const void* skip = nullptr;   // null: none; else skip_rows rows, repeated
  const void* bias = nullptr;   // of the skip connection
  const void* gamma = nullptr;  // null: ones
  const void* beta = nullptr;   // null: zeros
  void* y = nullptr;
  void* sum = nullptr;  // null, or where v goes
  std::int64_t width = 0;
  std::int64_t skip_rows = 1;
  float epsilon = 0.0f;
};
using NormFn = void (*)(const NormArgs& args, std::int64_t begin, std::int64_t end);
}  // namespace onnxrun::cpu
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/layernorm.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/norm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

template <class T, bool kRms>
void NormRow(const NormArgs& args, std::int64_t r) {
  const hn::ScalableTag<float> d;
  const auto width = static_cast<std::size_t>(args.width);
  const auto at = static_cast<std::size_t>(r) * width;
  const T* skip = static_cast<const T*>(args.skip);
  if (skip != nullptr) skip += static_cast<std::size_t>(r % args.skip_rows) * width;
  const RowOf<T> row{static_cast<const T*>(args.x) + at, skip, static_cast<const T*>(args.bias), width};
  const T* gamma = static_cast<const T*>(args.gamma);
  const T* beta = static_cast<const T*>(args.beta);
  T* y = static_cast<T*>(args.y) + at;
  T* sum = args.sum == nullptr ? nullptr : static_cast<T*>(args.sum) + at;

  auto mean = hn::Zero(d), scale = mean;
  Moments<kRms>(d, row, args.epsilon, mean, scale);

  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    const auto v = row.Whole(d, i);
    if (sum != nullptr) StoreF32(v, d, sum + i);
    auto out = hn::Mul(hn::Sub(v, mean), scale);
    if (gamma != nullptr) out = hn::Mul(out, LoadF32(d, gamma + i));
    if (beta != nullptr) out = hn::Add(out, LoadF32(d, beta + i));
    StoreF32(out, d, y + i);
  }
  if (i == width) return;
  const auto v = row.Part(d, i);
  if (sum != nullptr) StorePartF32(v, d, sum + i, width - i);
  auto out = hn::Mul(hn::Sub(v, mean), scale);
  if (gamma != nullptr) out = hn::Mul(out, LoadPartF32(d, gamma + i, width - i));
  if (beta != nullptr) out = hn::Add(out, LoadPartF32(d, beta + i, width - i));
  StorePartF32(out, d, y + i, width - i);
}

template <class T, bool kRms>
void NormRows(const NormArgs& args, std::int64_t begin, std::int64_t end) {
  for (std::int64_t r = begin; r < end; ++r) NormRow<T, kRms>(args, r);
}

NormFn FindNorm(DType dtype, bool rms) {
  switch (dtype) {
    case DType::kFloat32: return rms ? NormRows<float, true> : NormRows<float, false>;
    case DType::kBFloat16: return rms ? NormRows<BFloat16, true> : NormRows<BFloat16, false>;
    case DType::kFloat16: return rms ? NormRows<Float16, true> : NormRows<Float16, false>;
    default: return nullptr;
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindNorm);

namespace {

class NormKernel : public Kernel {
 public:
  // `skip`: inputs x, skip, gamma, beta, bias; else x, gamma, beta.
  NormKernel(const NodeView& node, bool rms, bool skip)
      : fn_(HWY_DYNAMIC_POINTER(FindNorm)(node.in(0).dtype, rms)), rms_(rms), skip_(skip) {
    const Shape shape = node.in_shape(0);
    const int rank = static_cast<int>(shape.size());
    const int axis = skip ? rank - 1 : axis_of(node.attrs().i("axis"), rank);
    for (int d = 0; d < rank; ++d) (d < axis ? rows_ : base_.width) *= shape[static_cast<std::size_t>(d)];
    base_.epsilon = node.attrs().f("epsilon");
    if (skip && base_.width > 0) base_.skip_rows = std::max<std::int64_t>(1, element_count(node.in_shape(1)) / base_.width);
    skip_full_ = skip && base_.skip_rows == rows_;
  }
  int in_place_input(int output) const override { return output == 0 ? 0 : output == 3 && skip_full_ ? 1 : -1; }
  std::string describe() const override {
    return fmt::format("{}{} {}", skip_ ? "skip-" : "", rms_ ? "rms-norm" : "layer-norm", isa_name());
  }
  void run(const KernelArgs& args) const override {
    if (rows_ == 0 || base_.width == 0) return;
    const auto in = [&](std::size_t i) { return i < args.inputs.size() ? args.inputs[i].data : nullptr; };
    NormArgs a = base_;
    a.x = in(0);
    a.skip = skip_ ? in(1) : nullptr;
    a.gamma = in(skip_ ? 2 : 1);
    a.beta = rms_ ? nullptr : in(skip_ ? 3 : 2);
    a.bias = skip_ ? in(rms_ ? 3 : 4) : nullptr;
    a.y = args.outputs[0].data;
    a.sum = args.outputs.size() > 3 ? args.outputs[3].data : nullptr;
    args.parallel.range(rows_, 1 + 8192 / a.width, [&](std::int64_t begin, std::int64_t end) { fn_(a, begin, end); });
  }

 private:
  NormFn fn_;
  bool rms_, skip_, skip_full_ = false;
  std::int64_t rows_ = 1;
  NormArgs base_{.width = 1};
};

template <bool rms, bool skip>
std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext&) {
  return std::make_unique<NormKernel>(node, rms, skip);
}

}  // namespace

std::span<const KernelEntry> layernorm_kernels() {
  static const KernelEntry entries[] = {
      {"LayerNormalization", claim_norm, prepare<false, false>},
      {"RMSNormalization", claim_norm, prepare<true, false>},
      {"com.microsoft.SkipLayerNormalization", claim_skip_norm, prepare<false, true>},
      {"com.microsoft.SkipSimplifiedLayerNormalization", claim_skip_norm, prepare<true, true>},
  };
  return entries;
}

}  // namespace onnxrun::cpu
#endif
