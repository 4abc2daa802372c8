// Softmax and LogSoftmax along one axis: the largest value, the sum of exp(x - largest), the result. Rows along the last axis
// are vectorised over the axis; otherwise neighbouring columns go side by side in a vector.
#include <cmath>

#include "engine/backend/float_types.h"
#include "backends/cpu/isa.h"
#include "backends/cpu/simd.h"
#include "engine/base/half.h"
#include "engine/ir/axis_split.h"

#ifndef ONNXRUN_CPU_SOFTMAX_TYPES
#define ONNXRUN_CPU_SOFTMAX_TYPES
namespace onnxrun::cpu {
// Rows or columns [begin, end) of all outer x inner ones.
using SoftmaxFn = void (*)(const void* x, void* y, const AxisSplit& split, std::int64_t begin, std::int64_t end);
}  // namespace onnxrun::cpu
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/softmax.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/load-inl.h"
#include "backends/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

// One row of n contiguous elements. e^(x - top) goes to y first, so for 16-bit types it is computed twice instead.
template <class T, bool kLog>
void Row(const T* x, T* y, std::size_t n) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d), whole = n / lanes * lanes, rest = n - whole;
  constexpr bool keep = std::is_same_v<T, float> && !kLog;
  const float lowest = -std::numeric_limits<float>::infinity();
  auto top0 = hn::Set(d, lowest), top1 = top0;
  std::size_t i = 0;
  for (; i + 2 * lanes <= whole; i += 2 * lanes) {
    top0 = hn::Max(top0, LoadF32(d, x + i));
    top1 = hn::Max(top1, LoadF32(d, x + i + lanes));
  }
  if (i < whole) top0 = hn::Max(top0, LoadF32(d, x + i));
  if (rest > 0) top1 = hn::Max(top1, LoadPartF32(d, x + whole, rest, lowest));
  const auto top = hn::MaxOfLanes(d, hn::Max(top0, top1));

  auto sum0 = hn::Zero(d), sum1 = hn::Zero(d);
  for (i = 0; i + 2 * lanes <= whole; i += 2 * lanes) {
    const auto e0 = ExpOfNegative(d, hn::Sub(LoadF32(d, x + i), top));
    const auto e1 = ExpOfNegative(d, hn::Sub(LoadF32(d, x + i + lanes), top));
    sum0 = hn::Add(sum0, e0);
    sum1 = hn::Add(sum1, e1);
    if constexpr (keep) {
      StoreF32(e0, d, y + i);
      StoreF32(e1, d, y + i + lanes);
    }
  }
  if (i < whole) {
    const auto e = ExpOfNegative(d, hn::Sub(LoadF32(d, x + i), top));
    sum0 = hn::Add(sum0, e);
    if constexpr (keep) StoreF32(e, d, y + i);
  }
  if (rest > 0) {
    const auto e = ExpOfNegative(d, hn::Sub(LoadPartF32(d, x + whole, rest, lowest), top));
    sum1 = hn::Add(sum1, hn::IfThenElseZero(hn::FirstN(d, rest), e));
    if constexpr (keep) StorePartF32(e, d, y + whole, rest);
  }
  const auto sum = hn::SumOfLanes(d, hn::Add(sum0, sum1));
  const auto factor = kLog ? Log(d, sum) : hn::Div(hn::Set(d, 1.0f), sum);
  const auto result = [&](auto v) HWY_ATTR {
    if constexpr (kLog) return hn::Sub(hn::Sub(v, top), factor);
    if constexpr (keep) return hn::Mul(v, factor);
    return hn::Mul(ExpOfNegative(d, hn::Sub(v, top)), factor);
  };
  const T* from = keep ? y : x;
  for (i = 0; i < whole; i += lanes) StoreF32(result(LoadF32(d, from + i)), d, y + i);
  if (rest > 0) StorePartF32(result(LoadPartF32(d, from + whole, rest)), d, y + whole, rest);
}

// Up to Lanes columns of n elements, `stride` apart.
template <class T, bool kLog>
void Columns(const T* x, T* y, std::size_t n, std::size_t stride, std::size_t columns) {
  const hn::ScalableTag<float> d;
  const bool whole = columns == hn::Lanes(d);
  const auto load = [&](std::size_t k)
                        HWY_ATTR { return whole ? LoadF32(d, x + k * stride) : LoadPartF32(d, x + k * stride, columns); };
  auto top = hn::Set(d, -std::numeric_limits<float>::infinity());
  for (std::size_t k = 0; k < n; ++k) top = hn::Max(top, load(k));
  auto sum = hn::Zero(d);
  for (std::size_t k = 0; k < n; ++k) sum = hn::Add(sum, ExpOfNegative(d, hn::Sub(load(k), top)));
  const auto factor = kLog ? Log(d, sum) : hn::Div(hn::Set(d, 1.0f), sum);
  for (std::size_t k = 0; k < n; ++k) {
    const auto v = hn::Sub(load(k), top);
    const auto r = kLog ? hn::Sub(v, factor) : hn::Mul(ExpOfNegative(d, v), factor);
    if (whole) {
      StoreF32(r, d, y + k * stride);
    } else {
      StorePartF32(r, d, y + k * stride, columns);
    }
  }
}

template <class T, bool kLog>
void SoftmaxRange(const void* x, void* y, const AxisSplit& s, std::int64_t begin, std::int64_t end) {
  const T* px = static_cast<const T*>(x);
  T* py = static_cast<T*>(y);
  if (s.inner == 1) {
    for (std::int64_t r = begin; r < end; ++r) Row<T, kLog>(px + r * s.axis, py + r * s.axis, static_cast<std::size_t>(s.axis));
    return;
  }
  // Columns [begin, end) of all outer x inner ones, in groups that lie side by side.
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<float>()));
  for (std::int64_t c = begin; c < end;) {
    const std::int64_t outer = c / s.inner, inner = c % s.inner;
    const std::int64_t count = std::min({lanes, s.inner - inner, end - c});
    const std::int64_t at = outer * s.axis * s.inner + inner;
    Columns<T, kLog>(px + at, py + at, static_cast<std::size_t>(s.axis), static_cast<std::size_t>(s.inner),
                     static_cast<std::size_t>(count));
    c += count;
  }
}

SoftmaxFn FindSoftmax(DType dtype, bool log) {
  switch (dtype) {
    case DType::kFloat32: return log ? SoftmaxRange<float, true> : SoftmaxRange<float, false>;
    case DType::kBFloat16: return log ? SoftmaxRange<BFloat16, true> : SoftmaxRange<BFloat16, false>;
    case DType::kFloat16: return log ? SoftmaxRange<Float16, true> : SoftmaxRange<Float16, false>;
    default: return nullptr;
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindSoftmax);

namespace {

class SoftmaxKernel : public Kernel {
 public:
  SoftmaxKernel(const NodeView& node, bool log) : fn_(HWY_DYNAMIC_POINTER(FindSoftmax)(node.in(0).dtype, log)), log_(log) {
    const Shape shape = node.in_shape(0);
    if (!shape.empty()) split_ = split_at(shape, axis_of(node.attrs().i("axis"), static_cast<int>(shape.size())));
  }
  int in_place_input(int) const override { return 0; }
  std::string describe() const override { return fmt::format("{} {}", log_ ? "log-softmax" : "softmax", isa_name()); }
  void run(const KernelArgs& args) const override {
    if (split_.axis == 0) return;
    args.parallel.range(split_.outer * split_.inner, 1 + 4096 / split_.axis, [&](std::int64_t begin, std::int64_t end) {
      fn_(args.inputs[0].data, args.outputs[0].data, split_, begin, end);
    });
  }

 private:
  SoftmaxFn fn_;
  bool log_;
  AxisSplit split_;
};

Claim claim(const NodeView& node) {
  const std::string why = refuse_plain_floats(node, 1);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}

template <bool log>
std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext&) {
  return std::make_unique<SoftmaxKernel>(node, log);
}

}  // namespace

std::span<const KernelEntry> softmax_kernels() {
  static const KernelEntry entries[] = {{"Softmax", claim, prepare<false>}, {"LogSoftmax", claim, prepare<true>}};
  return entries;
}

}  // namespace onnxrun::cpu
#endif
