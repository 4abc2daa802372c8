// ArgMax and ArgMin along one axis. Of equal elements the first counts, or the last; a NaN wins.
#include <algorithm>

#include "engine/backend/backend.h"
#include "engine/base/check.h"
#include "engine/base/half.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cpu {
namespace {

constexpr std::int64_t kColumns = 256;

template <bool kMax>
class ArgKernel : public Kernel {
 public:
  explicit ArgKernel(const NodeView& node) : dtype_(node.in(0).dtype), last_(node.attrs().i("select_last_index", 0) != 0) {
    const Shape shape = node.in_shape(0);
    if (!shape.empty()) split_ = split_at(shape, axis_of(node.attrs().i("axis"), static_cast<int>(shape.size())));
  }
  std::string describe() const override { return kMax ? "arg-max loop" : "arg-min loop"; }
  void run(const KernelArgs& args) const override {
    const std::int64_t results = split_.outer * split_.inner;
    if (results == 0) return;
    require(ErrorCode::kUsage, split_.axis > 0, "the axis is empty");
    args.parallel.range(results, 1 + 16384 / split_.axis, [&](std::int64_t begin, std::int64_t end) {
      switch (dtype_) {
        case DType::kFloat32: return search<float>(args, begin, end);
        case DType::kBFloat16: return search<BFloat16>(args, begin, end);
        case DType::kFloat16: return search<Float16>(args, begin, end);
        case DType::kInt32: return search<std::int32_t>(args, begin, end);
        case DType::kUInt8: return search<std::uint8_t>(args, begin, end);
        default: return search<std::int64_t>(args, begin, end);
      }
    });
  }

 private:
  // Results [begin, end): neighbouring columns side by side, row after row.
  template <class T>
  void search(const KernelArgs& args, std::int64_t begin, std::int64_t end) const {
    using C = std::conditional_t<std::is_integral_v<T>, T, float>;
    const T* x = args.inputs[0].as<const T>();
    std::int64_t* y = args.outputs[0].as<std::int64_t>();
    while (begin < end) {
      const std::int64_t inner = begin % split_.inner, n = std::min({kColumns, split_.inner - inner, end - begin});
      const T* from = x + begin / split_.inner * split_.axis * split_.inner + inner;
      C best[kColumns];
      for (std::int64_t i = 0; i < n; ++i) {
        best[i] = static_cast<C>(from[i]);
        y[begin + i] = 0;
      }
      for (std::int64_t k = 1; k < split_.axis; ++k) {
        for (std::int64_t i = 0; i < n; ++i) {
          const C v = static_cast<C>(from[k * split_.inner + i]);
          if (!wins(v, best[i])) continue;
          best[i] = v;
          y[begin + i] = k;
        }
      }
      begin += n;
    }
  }

  template <class C>
  bool wins(C v, C best) const {
    if (best != best) return last_ && v != v;
    return v != v || (kMax ? v > best : v < best) || (last_ && v == best);
  }

  DType dtype_;
  bool last_;
  AxisSplit split_;
};

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  constexpr DType kTypes[] = {DType::kFloat32, DType::kBFloat16, DType::kFloat16, DType::kInt32, DType::kInt64, DType::kUInt8};
  if (std::ranges::find(kTypes, x.dtype) == std::end(kTypes)) return Claim::no("no loop for {}", dtype_name(x.dtype));
  if (!x.ranked()) return Claim::no("the input's rank is unknown");
  if (x.layout != Layout::kPlain) return Claim::no("the input is {}", layout_name(x.layout));
  return Claim::yes();
}

template <bool kMax>
std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext&) {
  return std::make_unique<ArgKernel<kMax>>(node);
}

}  // namespace

std::span<const KernelEntry> arg_kernels() {
  static const KernelEntry entries[] = {{"ArgMax", claim, prepare<true>}, {"ArgMin", claim, prepare<false>}};
  return entries;
}

}  // namespace onnxrun::cpu
