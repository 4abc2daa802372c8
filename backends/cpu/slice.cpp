// Slice: start:end:step along any axes, elements of any size, in any layout.
#include <algorithm>

#include "backends/cpu/broadcast.h"
#include "backends/cpu/copy.h"
#include "backends/cpu/element.h"
#include "engine/backend/known_ints.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cpu {
namespace {

using List = std::vector<std::int64_t>;

// The first element of start:end:step in a dimension of `size`, for a slice that is not empty: negative starts count from the
// back, and a start outside moves to the nearest element inside.
std::int64_t first_element(std::int64_t start, std::int64_t step, std::int64_t size) {
  if (start < 0) start = start < -size ? -1 : start + size;
  return std::clamp<std::int64_t>(start, step < 0 ? -1 : 0, step < 0 ? size - 1 : size);
}

struct Piece {
  StridedCopy copy;
  std::int64_t offset = 0;
};

class SliceKernel : public Kernel {
 public:
  explicit SliceKernel(const NodeView& node)
      : in_(node.in_shape(0)),
        out_(node.out_shape(0)),
        in_layout_(node.in(0).layout),
        out_layout_(node.out(0).layout),
        dtype_(node.in(0).dtype) {
    const auto starts = known_ints(node, 1), axes = known_ints(node, 3), steps = known_ints(node, 4);
    known_ = starts && (axes || !node.has(3)) && (steps || !node.has(4));
    if (known_) piece_ = cut(*starts, axes.value_or(List{}), steps.value_or(List{}));
  }
  std::string describe() const override { return known_ ? fmt::format("slice, {}", piece_.copy.kind()) : "slice"; }
  bool reads(int input) const override { return input != 2 && (input == 0 || !known_); }
  void run(const KernelArgs& args) const override {
    if (known_) return run(piece_, args);
    const auto list = [&](std::size_t i) { return i < args.inputs.size() && args.inputs[i] ? ints_of(args.inputs[i]) : List{}; };
    run(cut(list(1), list(3), list(4)), args);
  }

 private:
  void run(const Piece& piece, const KernelArgs& args) const {
    piece.copy.run(static_cast<const std::byte*>(args.inputs[0].data) + piece.offset * element_bytes(dtype_),
                   args.outputs[0].data, args.parallel);
  }
  Piece cut(const List& starts, const List& axes, const List& steps) const {
    auto from = physical_strides(in_, in_layout_);
    const auto to = physical_strides(out_, out_layout_);
    if (element_count(out_) == 0) return {};
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < starts.size(); ++k) {
      const std::int64_t axis = axes.empty() ? static_cast<std::int64_t>(k) : axes[k], step = steps.empty() ? 1 : steps[k];
      const auto d = static_cast<std::size_t>(axis_of(axis, static_cast<int>(in_.size())));
      offset += first_element(starts[k], step, in_[d]) * from[d];
      // A step beyond the dimension takes one element, and must not overflow.
      from[d] *= out_[d] == 1 ? 1 : step;
    }
    return {StridedCopy(dtype_, box_loops(out_, from, to, out_layout_)), offset};
  }

  Shape in_, out_;
  Layout in_layout_, out_layout_;
  DType dtype_;
  bool known_ = false;
  Piece piece_;
};

Claim claim(const NodeView& node) {
  if (!node.out(0).ranked()) return Claim::no("the output's rank is unknown");
  const std::string why = refuse_copy(node, 0);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}

}  // namespace

std::span<const KernelEntry> slice_kernels() {
  static const KernelEntry entries[] = {{"Slice", claim, make_kernel<SliceKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
