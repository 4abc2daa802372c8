// Gather along any axis, elements of any size.
#include <cstring>

#include "backends/cpu/copy.h"
#include "backends/cpu/element.h"
#include "engine/base/check.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cpu {
namespace {

class GatherKernel : public Kernel {
 public:
  explicit GatherKernel(const NodeView& node)
      : split_(split_at(node.in_shape(0), axis_of(node.attrs().i("axis"), node.in(0).rank()))),
        axis_(node.attrs().i("axis")),
        count_(element_count(node.in_shape(1))) {}
  std::string describe() const override { return "gather"; }
  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return check_indices(args.inputs[1]);
    with_element(args.inputs[0].dtype, [&]<class T>() {
      if (args.inputs[1].dtype == DType::kInt32) {
        gather<T, std::int32_t>(args);
      } else {
        gather<T, std::int64_t>(args);
      }
    });
  }

 private:
  std::int64_t checked(std::int64_t index, std::int64_t position) const {
    require(ErrorCode::kUsage, index >= -split_.axis && index < split_.axis,
            "index {} (number {} of {}) is out of range for axis {} of size {}", index, position, count_, axis_, split_.axis);
    return index < 0 ? index + split_.axis : index;
  }
  // Nothing is copied, but an index may still be wrong.
  void check_indices(const TensorView& indices) const {
    for (std::int64_t i = 0; i < count_; ++i) {
      checked(indices.dtype == DType::kInt32 ? indices.as<const std::int32_t>()[i] : indices.as<const std::int64_t>()[i], i);
    }
  }
  template <class T, class Index>
  void gather(const KernelArgs& args) const {
    const T* x = args.inputs[0].as<const T>();
    const Index* indices = args.inputs[1].as<const Index>();
    T* y = args.outputs[0].as<T>();
    const auto bytes = static_cast<std::size_t>(split_.inner) * sizeof(T);
    args.parallel.range(split_.outer * count_, 1 + 65536 / static_cast<std::int64_t>(bytes),
                        [&](std::int64_t begin, std::int64_t end) {
                          for (std::int64_t row = begin; row < end; ++row) {
                            const std::int64_t index = checked(indices[row % count_], row % count_);
                            const T* from = x + (row / count_ * split_.axis + index) * split_.inner;
                            if (split_.inner == 1) {
                              y[row] = *from;
                            } else {
                              std::memcpy(y + row * split_.inner, from, bytes);
                            }
                          }
                        });
  }

  AxisSplit split_;
  std::int64_t axis_, count_;
};

Claim claim(const NodeView& node) {
  if (const std::string why = refuse_copy(node, 0); !why.empty()) return Claim::no("{}", why);
  if (!node.in(1).ranked()) return Claim::no("the rank of input 1 is unknown");
  for (int i = 0; i < 2; ++i) {
    if (node.in(i).layout != Layout::kPlain) return Claim::no("input {} is {}", i, layout_name(node.in(i).layout));
  }
  return Claim::yes();
}

}  // namespace

std::span<const KernelEntry> gather_kernels() {
  static const KernelEntry entries[] = {{"Gather", claim, make_kernel<GatherKernel>}, {"onnxrun.TakeRows", claim, make_kernel<GatherKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
