// ONNX TensorProto files (the input_N.pb and output_N.pb of recorded test data).
#pragma once

#include <filesystem>
#include <string>

#include "onnxrun/tensor.h"

namespace onnxrun {

// Throws Error(kUsage) when the file can't be read or doesn't hold a tensor. `name` gets the tensor's name when it isn't null.
Tensor load_tensor_pb(const std::filesystem::path& file, std::string* name = nullptr);
// Throws Error(kUsage) when the file can't be written; it appears whole or not at all.
void save_tensor_pb(const std::filesystem::path& file, const Tensor& tensor, const std::string& name);

}  // namespace onnxrun
