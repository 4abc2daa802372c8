// onnxrun.QuantMatMul: a product of 8-bit integers with constant weights.
#include "backends/acl/kernels.h"
#include "backends/acl/quant_product.h"

namespace onnxrun::acl {
namespace {

Claim claim(const NodeView& node) {
  const std::string no = refuse_quant(node);
  return no.empty() ? Claim::yes() : Claim::no("{}", no);
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Tensor& w = *node.constant(kQuantW);
  const Shape y = node.out_shape(0);
  const QuantSizes sizes{element_count(std::span(y).first(y.size() - 1)), w.shape()[0], w.shape()[1]};
  Gather gather;
  if (node.in(kQuantX).dtype == DType::kUInt8) {
    gather = [depth = sizes.depth](const std::uint8_t* x, std::int8_t, std::int64_t begin, std::int64_t end, std::int8_t* a) {
      to_signed(x + begin * depth, (end - begin) * depth, false, a);
    };
  }
  return quant_kernel(node, ctx, sizes, w, gather);
}

}  // namespace

std::span<const KernelEntry> quant_matmul_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.QuantMatMul", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
