// Where for elements of any size, with broadcasting.
#include "backends/cpu/broadcast.h"
#include "backends/cpu/element.h"

namespace onnxrun::cpu {
namespace {

class WhereKernel : public Kernel {
 public:
  explicit WhereKernel(const NodeView& node) : sweep_(make_sweep(node)) {}
  std::string describe() const override { return "where"; }
  void run(const KernelArgs& args) const override {
    args.parallel.range(args.outputs[0].size, 16384, [&](std::int64_t begin, std::int64_t end) {
      with_element(args.outputs[0].dtype, [&]<class T>() { select<T>(args, begin, end); });
    });
  }

 private:
  template <class T>
  void select(const KernelArgs& args, std::int64_t begin, std::int64_t end) const {
    const std::int64_t sc = sweep_.strides[0].back(), sa = sweep_.strides[1].back(), sb = sweep_.strides[2].back();
    for_runs<3>(sweep_, {0, 1, 2}, begin, end, [&](std::int64_t first, std::int64_t count, const std::int64_t(&offsets)[3]) {
      const auto* c = args.inputs[0].as<const std::uint8_t>() + offsets[0];
      const T* a = args.inputs[1].as<const T>() + offsets[1];
      const T* b = args.inputs[2].as<const T>() + offsets[2];
      T* y = args.outputs[0].as<T>() + first;
      for (std::int64_t k = 0; k < count; ++k) y[k] = c[k * sc] != 0 ? a[k * sa] : b[k * sb];
    });
  }
  Sweep sweep_;
};

Claim claim(const NodeView& node) {
  for (int i = 0; i < 3; ++i) {
    if (!node.in(i).ranked()) return Claim::no("the rank of input {} is unknown", i);
    if (!has_element(node.in(i).dtype)) return Claim::no("elements of {}", dtype_name(node.in(i).dtype));
  }
  if (!node.out(0).ranked() || node.out(0).rank() > kMaxRank) return Claim::no("rank above {} or unknown", kMaxRank);
  return Claim::yes();
}

}  // namespace

std::span<const KernelEntry> where_kernels() {
  static const KernelEntry entries[] = {{"Where", claim, make_kernel<WhereKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
