// What a kernel sees of a tensor: a pointer, no ownership.
#pragma once

#include <span>

#include "engine/base/layout.h"
#include "onnxrun/tensor.h"

namespace onnxrun {

struct TensorView {
  void* data = nullptr;  // null for an absent optional input, and for an output whose shape only the kernel will know
  DType dtype = DType::kUndefined;
  Layout layout = Layout::kPlain;
  std::span<const std::int64_t> shape;  // logical order
  std::int64_t size = 0;                // elements

  explicit operator bool() const { return dtype != DType::kUndefined; }
  // Unchecked: kernels have agreed on the dtype when they claimed the node.
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

// A view of `t`, which must outlive it.
inline TensorView view_of(const Tensor& t) {
  return {const_cast<void*>(t.data()), t.dtype(), Layout::kPlain, t.shape(), t.size()};
}

// Whether elements are C++ objects with memory of their own (strings, lists): they can't live in a block of bytes, nor be compared or
// copied as such.
constexpr bool holds_objects(DType dtype) { return dtype == DType::kString || is_list(dtype); }
// Copies elements of any type from one place to another of the same size; a list's copy shares the memory of what it holds.
void copy_elements(DType dtype, std::int64_t count, const void* from, void* to);

}  // namespace onnxrun
