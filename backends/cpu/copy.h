// StridedCopy: moves a box of elements from one set of strides to another. Transposes, layout changes, slices, pieces of
// concatenations and repetitions are all this one thing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/backend/backend.h"

namespace onnxrun::cpu {

constexpr int kMaxLoops = 16;

// One nested loop: its count and the strides, in elements, at the source (0 repeats, negative runs backwards) and at the
// destination (positive).
struct CopyLoop {
  std::int64_t count, from, to;
};

class StridedCopy {
 public:
  StridedCopy() = default;  // copies nothing
  // `loops` outermost first, at most kMaxLoops of more than one turn; the destination's strides descend. The element type
  // must have has_element() (element.h).
  StridedCopy(DType dtype, std::vector<CopyLoop> loops);

  // `from` and `to` are the first element's places. They must not overlap.
  void run(const void* from, void* to, const Parallel& parallel) const;
  std::int64_t elements() const { return total_; }
  // "copy", "rows", "transpose", "strided": how it goes, for describe().
  std::string_view kind() const;

 private:
  enum class Kind : std::uint8_t { kNothing, kRows, kTranspose, kStrided };
  template <class T>
  void rows(const T* from, T* to, std::int64_t begin, std::int64_t end) const;
  template <class T>
  void transpose(const T* from, T* to, std::int64_t begin, std::int64_t end) const;

  DType dtype_ = DType::kUndefined;
  Kind kind_ = Kind::kNothing;
  std::int64_t total_ = 0;
  // The loops round the innermost one or, for a transpose, the innermost two.
  std::vector<std::int64_t> counts_, from_, to_;
  CopyLoop inner_{1, 1, 1};   // innermost at the destination
  CopyLoop across_{1, 1, 1};  // transpose: innermost at the source
  std::int64_t band_ = 1;     // transpose: how much of `across_` goes together
};

// A dense destination: source strides for each dimension, in the order in which they lie at the destination.
std::vector<CopyLoop> dense_loops(std::span<const std::int64_t> counts, std::span<const std::int64_t> from);

// A box of `counts` (logical order) between two tensors with these strides per logical dimension, `layout` being that of the
// destination.
std::vector<CopyLoop> box_loops(const Shape& counts, std::span<const std::int64_t> from, std::span<const std::int64_t> to,
                                Layout layout);

// Copies input 0 to output 0; no other input is read.
std::unique_ptr<Kernel> copy_kernel(StridedCopy copy);

// Whether a copy can take the node's input i: its rank is known, elements are whole bytes. Else the reason; "" when it can.
std::string refuse_copy(const NodeView& node, int i);

}  // namespace onnxrun::cpu
