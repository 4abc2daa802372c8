// Trilu: rows copied from or up to the diagonal, elements of any size.
#include <algorithm>
#include <cstring>

#include "backends/cpu/copy.h"
#include "backends/cpu/element.h"

namespace onnxrun::cpu {
namespace {

class TriluKernel : public Kernel {
 public:
  explicit TriluKernel(const NodeView& node)
      : upper_(node.attrs().i("upper") != 0), bytes_(element_bytes(node.in(0).dtype)), height_(node.in_shape(0).end()[-2]), width_(node.in_shape(0).back()) {}
  int in_place_input(int) const override { return 0; }
  std::string describe() const override { return "triangle of rows"; }
  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    const bool shifted = args.inputs.size() > 1 && args.inputs[1];
    // A diagonal far outside is as good as one just outside.
    const std::int64_t k = shifted ? std::clamp(*args.inputs[1].as<const std::int64_t>(), -height_ - 1, width_ + 1) : 0;
    args.parallel.range(args.outputs[0].size / width_, 1 + 65536 / (width_ * bytes_), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        const std::int64_t diagonal = std::clamp<std::int64_t>(r % height_ + k + (upper_ ? 0 : 1), 0, width_);
        row(static_cast<const std::byte*>(args.inputs[0].data) + r * width_ * bytes_, static_cast<std::byte*>(args.outputs[0].data) + r * width_ * bytes_,
            static_cast<std::size_t>(diagonal * bytes_));
      }
    });
  }

 private:
  // `middle` parts the row in bytes: what is kept from what is cleared.
  void row(const std::byte* x, std::byte* y, std::size_t middle) const {
    const std::size_t all = static_cast<std::size_t>(width_ * bytes_), kept = upper_ ? middle : 0;
    std::memset(y + (upper_ ? 0 : middle), 0, upper_ ? middle : all - middle);
    if (x != y) std::memcpy(y + kept, x + kept, upper_ ? all - middle : middle);
  }

  bool upper_;
  std::int64_t bytes_, height_, width_;
};

Claim claim(const NodeView& node) {
  if (node.in(0).layout != Layout::kPlain || node.out(0).layout != Layout::kPlain) return Claim::no("a layout other than plain");
  const std::string why = refuse_copy(node, 0);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}

}  // namespace

std::span<const KernelEntry> trilu_kernels() {
  static const KernelEntry entries[] = {{"Trilu", claim, make_kernel<TriluKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
