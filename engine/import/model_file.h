// The file: from bytes to messages.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/mapped_file.h"
#include "onnx-ml.pb.h"

namespace onnxrun {

struct ModelFile {
  onnx::ModelProto proto;
  // raw_data of graph.initializer(i) that stays where it was read from; empty, or missing at the end: it is in the message.
  std::vector<std::span<const std::byte>> payloads;
  std::shared_ptr<const MappedFile> map;  // what payloads point into; null for memory of the caller's, which will go
};

// Throws Error(kUsage) when the file can't be opened, Error(kBadModel) when it is not an ONNX model.
ModelFile read_model_file(const std::filesystem::path& file);
ModelFile read_model_bytes(std::span<const std::byte> bytes);

}  // namespace onnxrun
