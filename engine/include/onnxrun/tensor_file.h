// ONNX TensorProto files (the input_N.pb and output_N.pb of recorded test data), and SequenceProto, OptionalProto and MapProto files.
#pragma once

#include <filesystem>
#include <string>

#include "onnxrun/tensor.h"

namespace onnxrun {

// Files don't say which of these they hold: `kind` does, as kSequence, kOptional, kMap, or anything else for a tensor. Throws
// Error(kUsage) when the file can't be read or doesn't hold it. `name` gets the value's name when it isn't null.
Tensor load_tensor_pb(const std::filesystem::path& file, std::string* name = nullptr, DType kind = DType::kUndefined);
// Throws Error(kUsage) when the file can't be written; it appears whole or not at all.
void save_tensor_pb(const std::filesystem::path& file, const Tensor& tensor, const std::string& name);

}  // namespace onnxrun
