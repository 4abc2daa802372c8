// TensorProto and SparseTensorProto -> Tensor.
#pragma once

#include <memory>
#include <span>
#include <unordered_map>

#include "engine/import/external_data.h"
#include "onnx-ml.pb.h"
#include "onnxrun/tensor.h"

namespace onnxrun {

// Product of the sizes. Throws Error(kBadModel) when one is negative or the product too large to address.
std::int64_t checked_count(const Shape& shape);

// A tensor of elements that lie in `bytes` as ONNX stores them (little-endian, packed): in place when the memory has an owner
// (which the tensor then shares) and suits the element type, else a copy. Throws Error(kBadModel) unless the sizes agree.
Tensor tensor_of_bytes(DType dtype, Shape shape, std::span<const std::byte> bytes, std::shared_ptr<const MappedFile> owner);

// Reads the tensors of one model. Elements are moved out of the messages; a message that is read again (the body of a function
// called twice) gives a tensor that shares the memory.
class TensorReader {
 public:
  TensorReader(std::optional<std::filesystem::path> folder, std::shared_ptr<const MappedFile> map)
      : external_(std::move(folder)), map_(std::move(map)) {}

  // `payload`: raw_data that was left in the model's file. Throws Error(kBadModel).
  Tensor read(onnx::TensorProto& proto, std::span<const std::byte> payload = {});
  // The dense form. Throws Error(kBadModel), also when it would be out of proportion to what is stored.
  Tensor read(onnx::SparseTensorProto& proto);

 private:
  Tensor convert(onnx::TensorProto& proto, std::span<const std::byte> payload);

  ExternalData external_;
  std::shared_ptr<const MappedFile> map_;
  std::unordered_map<const void*, Tensor> seen_;
};

}  // namespace onnxrun
