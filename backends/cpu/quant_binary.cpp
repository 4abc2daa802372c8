// onnxrun.QuantBinary: through floats, a few hundred at a time, which never leave the first-level cache.
#include "backends/cpu/activation_code.h"
#include "backends/cpu/isa.h"
#include "backends/cpu/quantize_code.h"

namespace onnxrun::cpu {
namespace {

constexpr std::int64_t kChunk = 512;

class QuantBinaryKernel : public Kernel {
 public:
  explicit QuantBinaryKernel(const NodeView& node)
      : code_(quantize_code()),
        op_(vector_op(node.attrs().s("op") == "Add" ? Code::kAdd : Code::kMul, Operands::kVV)),
        activation_(activation_code(node)),
        a_(factor(node, "a", node.in(0))),
        b_(factor(node, "b", node.in(1))),
        y_(factor(node, "y", node.out(0))) {}
  std::string describe() const override { return fmt::format("int8 element-wise {}", isa_name()); }
  int in_place_input(int) const override { return 0; }
  void run(const KernelArgs& args) const override {
    args.parallel.range(args.outputs[0].size, 16384, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; i += kChunk) chunk(args, i, static_cast<std::size_t>(std::min(kChunk, end - i)));
    });
  }

 private:
  struct Factor {
    float scale;
    int zero;
    bool is_signed;
  };
  static Factor factor(const NodeView& node, const std::string& name, const Type& type) {
    return {node.attrs().f(name + "_scale"), static_cast<int>(node.attrs().i(name + "_zero")), type.dtype == DType::kInt8};
  }
  void chunk(const KernelArgs& args, std::int64_t at, std::size_t n) const {
    alignas(64) float a[kChunk], b[kChunk];
    code_.dequantize(args.inputs[0].as<const std::uint8_t>() + at, n, a_.scale, a_.zero, a_.is_signed, a);
    code_.dequantize(args.inputs[1].as<const std::uint8_t>() + at, n, b_.scale, b_.zero, b_.is_signed, b);
    op_(a, b, nullptr, 0.0f, 0.0f, a, n);
    if (activation_.op != nullptr) activation_.op(a, nullptr, nullptr, activation_.p, activation_.q, a, n);
    code_.quantize(a, n, y_.scale, y_.zero, y_.is_signed, args.outputs[0].as<std::uint8_t>() + at);
  }

  QuantizeCode code_;
  VectorOp op_;
  ActivationCode activation_;
  Factor a_, b_, y_;
};

Claim claim(const NodeView& node) {
  for (int i = 0; i < 2; ++i) {
    if (!node.in(i).ranked()) return Claim::no("the rank of input {} is unknown", i);
    if (node.in(i).layout != node.out(0).layout) return Claim::no("input {} is {}", i, layout_name(node.in(i).layout));
  }
  return Claim::yes();
}

}  // namespace

std::span<const KernelEntry> quant_binary_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.QuantBinary", claim, make_kernel<QuantBinaryKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
