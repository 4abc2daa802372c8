// Export with its limits open to tests.
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/ir/graph.h"

namespace onnxrun {

struct ExportLimits {
  // Constants of more bytes in all go to a file of their own; a protobuf file can have 2 GB, the rest of the model included.
  std::uint64_t max_inline = (std::uint64_t{2} << 30) - (std::uint64_t{128} << 20);
  // Constants below this size stay in the model's file anyway.
  std::uint64_t min_external = 4096;
};

void export_onnx(const Graph& graph, const std::filesystem::path& file, const ExportLimits& limits);

}  // namespace onnxrun
