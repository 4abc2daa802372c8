// Reading a small tensor as if it had a larger shape: unidirectional broadcasting for naive kernels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace onnxrun {

// Where the element of `to` at a flat position lies in a tensor of shape `from`, which broadcasts to `to`.
class BroadcastIndex {
 public:
  BroadcastIndex(std::span<const std::int64_t> from, std::span<const std::int64_t> to)
      : sizes_(to.begin(), to.end()), strides_(to.size(), 0) {
    std::int64_t stride = 1;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const std::int64_t size = from[from.size() - 1 - i];
      strides_[to.size() - 1 - i] = size == 1 ? 0 : stride;
      stride *= size;
    }
  }
  std::size_t operator()(std::int64_t flat) const {
    std::int64_t at = 0;
    for (std::size_t i = sizes_.size(); i-- > 0;) {
      at += flat % sizes_[i] * strides_[i];
      flat /= sizes_[i];
    }
    return static_cast<std::size_t>(at);
  }

 private:
  std::vector<std::int64_t> sizes_, strides_;
};

}  // namespace onnxrun
