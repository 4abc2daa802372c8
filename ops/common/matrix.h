// Matrix products over broadcast batches, by numpy's rules: for inference and for naive kernels.
#pragma once

#include <span>

#include "engine/base/function_ref.h"
#include "engine/ir/dim.h"
#include "ops/common/reals.h"

namespace onnxrun {

// The shape of a @ b; the last two dimensions of an operand are swapped first where asked. An operand of rank 1 is a row (a) or
// a column (b) whose dimension the result lacks. Throws Error(kBadModel) when the operands don't fit.
Dims matmul_shape(Dims a, Dims b, bool trans_a = false, bool trans_b = false);

// The product of concrete operands of these shapes.
class Product {
 public:
  Product(std::span<const std::int64_t> a, std::span<const std::int64_t> b, bool trans_a = false, bool trans_b = false);
  // Calls put(flat position in the result, row, column, sum over k of a * b) for every element of the result.
  void each(const Reals& a, const Reals& b,
            FunctionRef<void(std::size_t at, std::int64_t row, std::int64_t column, double sum)> put) const;

  std::int64_t rows, columns, inner;
  Shape batches;  // what the leading dimensions broadcast to

 private:
  Shape a_, b_;
  bool trans_a_, trans_b_;
};

}  // namespace onnxrun
