// Broadcasting of dense tensors as strides over the output's elements in the order in which they lie in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/backend/backend.h"

namespace onnxrun::cpu {

constexpr int kMaxRank = 8;

// The output as nested loops, outermost first, with neighbouring dimensions merged where every input allows it. There is
// always at least one dimension, and no dimension of size 1 unless it is the only one.
struct Sweep {
  std::vector<std::int64_t> sizes;
  std::vector<std::vector<std::int64_t>> strides;  // per input, in elements, one per size; 0 = broadcast

  std::int64_t inner() const { return sizes.back(); }
  std::int64_t rows() const;  // product of all sizes but the last
  // Whether input i's elements correspond one to one, in order, to the output's.
  bool is_full(std::size_t i) const;
  // Where input i's elements for this row (an index over all sizes but the last) begin.
  std::int64_t row_offset(std::size_t i, std::int64_t row) const;
};

struct SweepInput {
  std::vector<std::int64_t> shape;
  Layout layout = Layout::kPlain;
};
// The inputs' shapes broadcast to `shape` by ONNX's rules; layouts may differ.
Sweep make_sweep(const Shape& shape, Layout layout, std::span<const SweepInput> inputs);
// The same for all inputs of a node, and its output 0.
Sweep make_sweep(const NodeView& node);

// Element strides of a dense tensor, one per logical dimension.
std::vector<std::int64_t> physical_strides(const Shape& shape, Layout layout);
// The logical dimensions in the order in which they lie in memory.
std::vector<int> physical_order(int rank, Layout layout);

// An odometer over nested loops of `sizes`, keeping the element offset of several operands with strides of their own.
template <int kOperands, int kMaxDims = kMaxRank>
class Odometer {
 public:
  // At the `start`-th turn of the innermost loop. The strides must outlive it.
  Odometer(std::span<const std::int64_t> sizes, const std::int64_t* const (&strides)[kOperands], std::int64_t start)
      : dims_(static_cast<int>(sizes.size())) {
    for (int i = 0; i < kOperands; ++i) strides_[i] = strides[i];
    for (int d = dims_ - 1; d >= 0; --d) {
      sizes_[d] = sizes[static_cast<std::size_t>(d)];
      at_[d] = start % sizes_[d];
      start /= sizes_[d];
      for (int i = 0; i < kOperands; ++i) offsets_[i] += at_[d] * strides[i][d];
    }
  }
  std::int64_t offset(int operand) const { return offsets_[operand]; }
  std::int64_t at(int dim) const { return at_[dim]; }
  void next() {
    for (int d = dims_ - 1; d >= 0; --d) {
      for (int i = 0; i < kOperands; ++i) offsets_[i] += strides_[i][d];
      if (++at_[d] < sizes_[d]) return;
      for (int i = 0; i < kOperands; ++i) offsets_[i] -= sizes_[d] * strides_[i][d];
      at_[d] = 0;
    }
  }

 private:
  int dims_;
  std::int64_t sizes_[kMaxDims] = {}, at_[kMaxDims] = {}, offsets_[kOperands] = {};
  const std::int64_t* strides_[kOperands];
};

// Cuts the output elements [begin, end) of a sweep into runs within its innermost loop and calls
// body(first, count, offsets): output elements [first, first + count); operand i starts at element offsets[i] and goes on
// with its innermost stride. Operand i is the sweep's input operands[i].
template <int kOperands, class Body>
void for_runs(const Sweep& sweep, const std::size_t (&operands)[kOperands], std::int64_t begin, std::int64_t end, Body&& body) {
  if (begin >= end) return;
  const std::int64_t inner = sweep.inner();
  const std::int64_t* strides[kOperands];
  for (int i = 0; i < kOperands; ++i) strides[i] = sweep.strides[operands[i]].data();
  Odometer<kOperands> rows(std::span(sweep.sizes).first(sweep.sizes.size() - 1), strides, begin / inner);
  std::int64_t column = begin % inner;
  while (begin < end) {
    const std::int64_t count = std::min(inner - column, end - begin);
    std::int64_t offsets[kOperands];
    for (int i = 0; i < kOperands; ++i) offsets[i] = rows.offset(i) + column * sweep.strides[operands[i]].back();
    body(begin, count, offsets);
    begin += count;
    column = 0;
    rows.next();
  }
}

}  // namespace onnxrun::cpu
