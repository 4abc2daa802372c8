// Reductions of integers: plain loops, in 64 bits that wrap around.
#include <algorithm>
#include <limits>

#include "backends/cpu/broadcast.h"
#include "engine/backend/known_ints.h"
#include "backends/cpu/reduce_loops.h"

namespace onnxrun::cpu {
namespace {

struct Sum {
  static constexpr std::int64_t start(DType) { return 0; }
  static std::int64_t fold(std::int64_t a, std::int64_t x) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(x));
  }
};
struct Prod {
  static constexpr std::int64_t start(DType) { return 1; }
  static std::int64_t fold(std::int64_t a, std::int64_t x) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(x));
  }
};
struct Max {
  static constexpr std::int64_t start(DType t) {
    return t == DType::kInt32 ? std::numeric_limits<std::int32_t>::lowest() : std::numeric_limits<std::int64_t>::lowest();
  }
  static std::int64_t fold(std::int64_t a, std::int64_t x) { return std::max(a, x); }
};
struct Min {
  static constexpr std::int64_t start(DType t) {
    return t == DType::kInt32 ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int64_t>::max();
  }
  static std::int64_t fold(std::int64_t a, std::int64_t x) { return std::min(a, x); }
};

template <class F>
class IntReduceKernel : public Kernel {
 public:
  explicit IntReduceKernel(const NodeView& node)
      : dtype_(node.in(0).dtype), loops_(reduce_loops(node.in_shape(0), reduced_mask(node))) {}
  std::string describe() const override { return "integer reduction loop"; }
  void run(const KernelArgs& args) const override {
    args.parallel.range(loops_.kept, 1 + 16384 / std::max<std::int64_t>(loops_.reduced, 1),
                        [&](std::int64_t begin, std::int64_t end) {
                          if (dtype_ == DType::kInt32) {
                            results<std::int32_t>(args, begin, end);
                          } else {
                            results<std::int64_t>(args, begin, end);
                          }
                        });
  }

 private:
  template <class T>
  void results(const KernelArgs& args, std::int64_t begin, std::int64_t end) const {
    const T* x = args.inputs[0].as<const T>();
    T* y = args.outputs[0].as<T>();
    if (loops_.reduced == 0) return std::fill(y + begin, y + end, static_cast<T>(F::start(dtype_)));
    // The innermost run belongs to the kept loops or to the reduced ones.
    const std::int64_t columns = loops_.inner_reduced ? 1 : loops_.inner, run = loops_.inner_reduced ? loops_.inner : 1;
    for (std::int64_t i = begin; i < end; ++i) {
      const Odometer<1> kept(loops_.kept_counts, {loops_.kept_strides.data()}, i / columns);
      Odometer<1> reduced(loops_.reduced_counts, {loops_.reduced_strides.data()}, 0);
      std::int64_t total = F::start(dtype_);
      for (std::int64_t k = 0; k < loops_.reduced / run; ++k, reduced.next()) {
        const T* from = x + kept.offset(0) + reduced.offset(0) + i % columns;
        for (std::int64_t j = 0; j < run; ++j) total = F::fold(total, from[j]);
      }
      y[i] = static_cast<T>(total);
    }
  }

  DType dtype_;
  ReduceLoops loops_;
};

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (x.dtype != DType::kInt64 && x.dtype != DType::kInt32) return Claim::no("no integer loop for {}", dtype_name(x.dtype));
  if (!x.ranked() || x.rank() > kMaxRank) return Claim::no("rank above {} or unknown", kMaxRank);
  if (x.layout != Layout::kPlain || node.out(0).layout != Layout::kPlain) return Claim::no("channels-last integers");
  if (node.has(1) && !known_ints(node, 1)) return Claim::no("the axes are computed");
  return Claim::yes();
}

template <class F>
std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext&) {
  return std::make_unique<IntReduceKernel<F>>(node);
}

}  // namespace

std::span<const KernelEntry> reduce_int_kernels() {
  static const KernelEntry entries[] = {{"ReduceSum", claim, prepare<Sum>},
                                        {"ReduceProd", claim, prepare<Prod>},
                                        {"ReduceMax", claim, prepare<Max>},
                                        {"ReduceMin", claim, prepare<Min>}};
  return entries;
}

}  // namespace onnxrun::cpu
