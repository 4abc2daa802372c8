// onnxrun.QuantMatMul by the loops of int8_block.h.
#include "backends/cpu/isa.h"
#include "backends/cpu/quant_product.h"

namespace onnxrun::cpu {
namespace {

constexpr double kCost = 1.5;  // against a vendor library's 1

// Element (k, n) of b [depth, width].
std::int16_t element(const Tensor& b, std::int64_t k, std::int64_t n) {
  const auto at = static_cast<std::size_t>(k * b.shape()[1] + n);
  return b.dtype() == DType::kInt8 ? b.view<std::int8_t>()[at] : b.view<std::int16_t>()[at];
}

QuantSizes sizes_of(const NodeView& node) {
  const Shape b = node.in_shape(kQuantW), y = node.out_shape(0);
  return {element_count(std::span(y).first(y.size() - 1)), b[0], b[1], 1};
}

class QuantMatMulKernel : public Kernel {
 public:
  QuantMatMulKernel(const NodeView& node, PrepareContext& ctx)
      : depth_(node.in_shape(kQuantW)[0]), product_(node, ctx, sizes_of(node), [&](std::int64_t, std::int64_t k, std::int64_t n) {
          return element(*node.constant(kQuantW), k, n);
        }) {}
  std::string describe() const override { return fmt::format("int8 product {}", isa_name()); }
  bool reads(int input) const override { return input != kQuantW; }
  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    const auto* a = args.inputs[kQuantX].as<const std::uint8_t>();
    const int zero = product_.zero_of(args);
    product_.run(args, args.outputs[0].data,
                 [&](std::int64_t row, std::int64_t, std::int64_t from, std::int64_t to, std::int16_t* out) {
                   product_.centre(a + row * depth_ + from, to - from, zero, out);
                 });
  }

 private:
  std::int64_t depth_;
  QuantProduct product_;
};

Claim claim(const NodeView& node) {
  const std::string no = refuse_quant(node);
  return no.empty() ? Claim::yes(kCost) : Claim::no("{}", no);
}

}  // namespace

std::span<const KernelEntry> quant_matmul_kernels() {
  static const KernelEntry entries[] = {
      {"onnxrun.QuantMatMul", claim, [](const NodeView& node, PrepareContext& ctx) -> std::unique_ptr<Kernel> {
         return std::make_unique<QuantMatMulKernel>(node, ctx);
       }}};
  return entries;
}

}  // namespace onnxrun::cpu
