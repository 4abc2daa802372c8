// What onnxrun.QuantConv and onnxrun.QuantMatMul share: a product of 8-bit integers by the library, whose sums are exact 32-bit
// numbers, and what becomes of them. The library's own requantisation scales in fixed point and would be off by one here and there.
#pragma once

#include <functional>

#include "backends/acl/kernel.h"
#include "backends/acl/requantize.h"

namespace onnxrun::acl {

// y [rows][width] from x [rows][depth] and weights [depth][width].
struct QuantSizes {
  std::int64_t rows, depth, width;
};

// Writes rows [begin, end) of the product's left factor: i8 elements of x, less 128 where x is u8; `zero` is x's zero point so.
using Gather = std::function<void(const std::uint8_t* x, std::int8_t zero, std::int64_t begin, std::int64_t end, std::int8_t* a)>;
// n elements of x as i8.
void to_signed(const std::uint8_t* x, std::int64_t n, bool is_signed, std::int8_t* a);

// Why this backend does not serve the node; empty when it does.
std::string refuse_quant(const NodeView& node);

// Without `gather` x itself, of i8, is the left factor. `weights`: the node's, in the order above.
std::unique_ptr<Kernel> quant_kernel(const NodeView& node, PrepareContext& ctx, const QuantSizes& sizes, const Tensor& weights,
                                     const Gather& gather);

}  // namespace onnxrun::acl
