// Concat and Split: elements of any size, in any layout.
#include "backends/cpu/broadcast.h"
#include "backends/cpu/copy.h"
#include "backends/cpu/element.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cpu {
namespace {

// A piece of the whole tensor, `offset` elements into it.
struct Piece {
  StridedCopy copy;
  std::int64_t offset = 0;
};

class ConcatKernel : public Kernel {
 public:
  explicit ConcatKernel(const NodeView& node) : bytes_(element_bytes(node.in(0).dtype)) {
    const Shape whole = node.out_shape(0);
    const auto to = physical_strides(whole, node.out(0).layout);
    const auto axis = static_cast<std::size_t>(axis_of(node.attrs().i("axis"), static_cast<int>(whole.size())));
    std::int64_t at = 0;
    for (int i = 0; i < node.inputs(); ++i) {
      const Shape part = node.in_shape(i);
      const auto from = physical_strides(part, node.in(i).layout);
      pieces_.push_back({StridedCopy(node.in(i).dtype, box_loops(part, from, to, node.out(0).layout)), at * to[axis]});
      at += part[axis];
    }
  }
  std::string describe() const override { return "concat"; }
  void run(const KernelArgs& args) const override {
    auto* to = static_cast<std::byte*>(args.outputs[0].data);
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      pieces_[i].copy.run(args.inputs[i].data, to + pieces_[i].offset * bytes_, args.parallel);
    }
  }

 private:
  std::int64_t bytes_;
  std::vector<Piece> pieces_;
};

class SplitKernel : public Kernel {
 public:
  explicit SplitKernel(const NodeView& node) : bytes_(element_bytes(node.in(0).dtype)) {
    const Shape whole = node.in_shape(0);
    const auto from = physical_strides(whole, node.in(0).layout);
    const auto axis = static_cast<std::size_t>(axis_of(node.attrs().i("axis", 0), static_cast<int>(whole.size())));
    std::int64_t at = 0;
    for (int o = 0; o < node.outputs(); ++o) {
      const Shape part = node.out_shape(o);
      const auto to = physical_strides(part, node.out(o).layout);
      pieces_.push_back({StridedCopy(node.in(0).dtype, box_loops(part, from, to, node.out(o).layout)), at * from[axis]});
      at += part[axis];
    }
  }
  std::string describe() const override { return "split"; }
  bool reads(int input) const override { return input == 0; }
  void run(const KernelArgs& args) const override {
    const auto* from = static_cast<const std::byte*>(args.inputs[0].data);
    for (std::size_t o = 0; o < pieces_.size(); ++o) {
      if (args.outputs[o].data != nullptr)
        pieces_[o].copy.run(from + pieces_[o].offset * bytes_, args.outputs[o].data, args.parallel);
    }
  }

 private:
  std::int64_t bytes_;
  std::vector<Piece> pieces_;
};

Claim claim_concat(const NodeView& node) {
  for (int i = 0; i < node.inputs(); ++i) {
    if (const std::string why = refuse_copy(node, i); !why.empty()) return Claim::no("{}", why);
  }
  return Claim::yes();
}

Claim claim_split(const NodeView& node) {
  for (int o = 0; o < node.outputs(); ++o) {
    if (!node.wants(o) || !node.out(o).ranked()) return Claim::no("output {} is absent or of unknown rank", o);
  }
  const std::string why = refuse_copy(node, 0);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}

}  // namespace

std::span<const KernelEntry> concat_kernels() {
  static const KernelEntry entries[] = {
      {"Concat", claim_concat, make_kernel<ConcatKernel>},
      {"Split", claim_split, make_kernel<SplitKernel>},
  };
  return entries;
}

}  // namespace onnxrun::cpu
