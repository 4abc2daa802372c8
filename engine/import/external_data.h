// Tensors whose elements lie in a file of their own.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/mapped_file.h"
#include "onnx-ml.pb.h"
#include "onnxrun/tensor.h"

namespace onnxrun {

// The files that one model names, each mapped once.
class ExternalData {
 public:
  // nullopt: the model came from memory and has no folder.
  explicit ExternalData(std::optional<std::filesystem::path> folder) : folder_(std::move(folder)) {}

  // The tensor in the mapped file (in memory of its own where the file's alignment doesn't suit the element type). Throws
  // Error(kBadModel) when the entry is malformed, the file lies outside the model's folder, or the bytes don't fit.
  Tensor read(const onnx::TensorProto& proto, DType dtype, Shape shape);

 private:
  const std::shared_ptr<const MappedFile>& file(const std::string& location);

  std::optional<std::filesystem::path> folder_;
  std::map<std::string, std::shared_ptr<const MappedFile>> files_;
};

}  // namespace onnxrun
