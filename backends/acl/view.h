// Tensors as the library sees them: what it has to know of one, and a pointer that is set anew at every run.
#pragma once

#include <arm_compute/core/ITensor.h>
#include <arm_compute/core/TensorInfo.h>

#include <memory>
#include <span>
#include <vector>

#include "engine/ir/type.h"

namespace onnxrun::acl {

namespace arm = ::arm_compute;

class View final : public arm::ITensor {
 public:
  explicit View(arm::TensorInfo info) : info_(std::move(info)) {
    info_.set_is_resizable(false);
  }  // no padding around our tensors
  arm::ITensorInfo* info() const override { return &info_; }
  arm::ITensorInfo* info() override { return &info_; }
  std::uint8_t* buffer() const override { return data_; }
  void bind(const void* data) { data_ = static_cast<std::uint8_t*>(const_cast<void*>(data)); }

 private:
  mutable arm::TensorInfo info_;
  std::uint8_t* data_ = nullptr;
};
using Views = std::vector<std::unique_ptr<View>>;

// An image of 1 or 2 spatial dimensions.
struct Image {
  std::int64_t n = 1, c = 1, h = 1, w = 1;
  std::int64_t elements() const { return n * c * h * w; }
};
Image image_of(const Shape& shape);

arm::DataType data_type(DType dtype);
// Dense memory of these sizes, the fastest last. Values that change from run to run.
arm::TensorInfo dense_info(DType dtype, std::span<const std::int64_t> sizes);
arm::TensorInfo dense_info(DType dtype, std::initializer_list<std::int64_t> sizes);
// Dense channels-last memory.
arm::TensorInfo image_info(DType dtype, const Image& image);
// The same tensor, which never changes.
arm::TensorInfo constant_info(arm::TensorInfo info);

}  // namespace onnxrun::acl
