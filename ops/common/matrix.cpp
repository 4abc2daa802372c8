#include "ops/common/matrix.h"

#include <algorithm>

#include "ops/common/broadcast_index.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

// One dimension of the batch, which the operands share by broadcasting.
Dim batch_dim(const Dim& a, const Dim& b) {
  if (a.is(1)) return b;
  if (b.is(1)) return a;
  return same_dim(a, b, "a dimension of the batch");
}

}  // namespace

Dims matmul_shape(Dims a, Dims b, bool trans_a, bool trans_b) {
  require(!a.empty() && !b.empty(), "a scalar can't be multiplied as a matrix: shapes are {} and {}", dims_str(a), dims_str(b));
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), Dim(1));
  if (column) b.push_back(1);
  if (trans_a && !row) std::swap(a[a.size() - 1], a[a.size() - 2]);
  if (trans_b && !column) std::swap(b[b.size() - 1], b[b.size() - 2]);
  same_dim(a.back(), b[b.size() - 2], "the inner dimension");
  const Dim m = a[a.size() - 2], n = b.back();
  a.resize(a.size() - 2);
  b.resize(b.size() - 2);
  if (a.size() < b.size()) a.insert(a.begin(), b.size() - a.size(), Dim(1));
  if (b.size() < a.size()) b.insert(b.begin(), a.size() - b.size(), Dim(1));
  Dims y;
  for (std::size_t i = 0; i < a.size(); ++i) y.push_back(batch_dim(a[i], b[i]));
  if (!row) y.push_back(m);
  if (!column) y.push_back(n);
  return y;
}

Product::Product(std::span<const std::int64_t> a, std::span<const std::int64_t> b, bool trans_a, bool trans_b)
    : a_(a.begin(), a.end()), b_(b.begin(), b.end()), trans_a_(trans_a && a.size() > 1), trans_b_(trans_b && b.size() > 1) {
  if (a_.size() == 1) a_.insert(a_.begin(), 1);
  if (b_.size() == 1) b_.push_back(1);
  rows = a_[a_.size() - (trans_a_ ? 1 : 2)];
  inner = a_[a_.size() - (trans_a_ ? 2 : 1)];
  columns = b_[b_.size() - (trans_b_ ? 2 : 1)];
  batches.assign(std::max(a_.size(), b_.size()) - 2, 1);
  for (const Shape* s : {&a_, &b_}) {
    for (std::size_t i = 0; i + 2 < s->size(); ++i) {
      std::int64_t& to = batches[batches.size() - 1 - i];
      if (to == 1) to = (*s)[s->size() - 3 - i];
    }
  }
}

void Product::each(const Reals& a, const Reals& b, FunctionRef<void(std::size_t, std::int64_t, std::int64_t, double)> put) const {
  const BroadcastIndex a_at(std::span<const std::int64_t>(a_).first(a_.size() - 2), batches),
      b_at(std::span<const std::int64_t>(b_).first(b_.size() - 2), batches);
  const std::int64_t a_row = trans_a_ ? 1 : inner, a_step = trans_a_ ? rows : 1;
  const std::int64_t b_column = trans_b_ ? inner : 1, b_step = trans_b_ ? 1 : columns;
  std::int64_t count = 1;
  for (const std::int64_t n : batches) count *= n;
  std::size_t at = 0;
  for (std::int64_t batch = 0; batch < count; ++batch) {
    const double* pa = a.data() + static_cast<std::int64_t>(a_at(batch)) * rows * inner;
    const double* pb = b.data() + static_cast<std::int64_t>(b_at(batch)) * inner * columns;
    for (std::int64_t m = 0; m < rows; ++m) {
      for (std::int64_t n = 0; n < columns; ++n) {
        double sum = 0;
        for (std::int64_t k = 0; k < inner; ++k) sum += pa[m * a_row + k * a_step] * pb[n * b_column + k * b_step];
        put(at++, m, n, sum);
      }
    }
  }
}

}  // namespace onnxrun
