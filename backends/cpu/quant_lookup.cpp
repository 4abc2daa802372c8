// onnxrun.QuantLookup, in any layout.
#include "engine/backend/backend.h"

namespace onnxrun::cpu {
namespace {

class QuantLookupKernel : public Kernel {
 public:
  explicit QuantLookupKernel(const NodeView&) {}
  std::string describe() const override { return "lookup"; }
  int in_place_input(int) const override { return 0; }
  void run(const KernelArgs& args) const override {
    const auto* x = args.inputs[0].as<const std::uint8_t>();
    const auto* table = args.inputs[1].as<const std::uint8_t>();
    auto* y = args.outputs[0].as<std::uint8_t>();
    args.parallel.range(args.outputs[0].size, 16384, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) y[i] = table[x[i]];
    });
  }
};

Claim claim(const NodeView& node) {
  if (node.in(0).layout != node.out(0).layout) return Claim::no("input in layout {}", layout_name(node.in(0).layout));
  return Claim::yes();
}

}  // namespace

std::span<const KernelEntry> quant_lookup_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.QuantLookup", claim, make_kernel<QuantLookupKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
