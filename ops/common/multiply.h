// The product of two matrices, for naive kernels.
#pragma once

#include "ops/common/arithmetic.h"
#include "ops/common/convert.h"
#include "ops/common/total.h"

namespace onnxrun {

// Where element (row, column) of a matrix lies: row * row_step + column * column_step.
template <class T>
struct MatrixView {
  const T* data;
  std::int64_t row_step, column_step;
};

// c[m, n] += a[m, k] @ b[k, n]; c is dense.
template <class T>
void multiply_add(MatrixView<T> a, MatrixView<T> b, Total<T>* c, std::int64_t m, std::int64_t k, std::int64_t n) {
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < k; ++j) {
      const auto left = convert_element<Total<T>>(a.data[i * a.row_step + j * a.column_step]);
      const T* right = b.data + j * b.row_step;
      for (std::int64_t l = 0; l < n; ++l) {
        Total<T>& sum = c[i * n + l];
        sum = wrap_add(sum, wrap_mul(left, convert_element<Total<T>>(right[l * b.column_step])));
      }
    }
  }
}

}  // namespace onnxrun
