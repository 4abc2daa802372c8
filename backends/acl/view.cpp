#include "backends/acl/view.h"

#include <cassert>

namespace onnxrun::acl {

Image image_of(const Shape& s) {
  assert(s.size() == 3 || s.size() == 4);
  return {s[0], s[1], s.size() == 4 ? s[2] : 1, s.back()};
}

arm::DataType data_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return arm::DataType::F16;
    case DType::kInt32:
      return arm::DataType::S32;
    case DType::kUInt8:
      return arm::DataType::QASYMM8;
    case DType::kInt8:
      return arm::DataType::QASYMM8_SIGNED;
    default:
      assert(dtype == DType::kFloat32);
      return arm::DataType::F32;
  }
}

arm::TensorInfo dense_info(DType dtype, std::span<const std::int64_t> sizes) {
  arm::TensorShape shape(1u);
  for (std::size_t i = 0; i < sizes.size(); ++i) shape.set(i, static_cast<std::size_t>(sizes[sizes.size() - 1 - i]), false);
  shape.set(0, shape[0]);  // drops the sizes of 1 at the end
  arm::TensorInfo info(shape, 1, data_type(dtype));
  info.set_are_values_constant(false);
  return info;
}

arm::TensorInfo dense_info(DType dtype, std::initializer_list<std::int64_t> sizes) {
  return dense_info(dtype, std::span(sizes.begin(), sizes.size()));
}

arm::TensorInfo image_info(DType dtype, const Image& i) {
  arm::TensorInfo info = dense_info(dtype, {i.n, i.h, i.w, i.c});
  info.set_data_layout(arm::DataLayout::NHWC);
  return info;
}

arm::TensorInfo constant_info(arm::TensorInfo info) {
  info.set_are_values_constant(true);
  return info;
}

}  // namespace onnxrun::acl
