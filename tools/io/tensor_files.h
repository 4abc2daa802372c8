// Tensors in files: NumPy's .npy and .npz, and ONNX's TensorProto .pb.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "onnxrun/tensor.h"

namespace onnxrun::tools {

// By the file's ending: .npy or .pb. Throws Error(kUsage) when it can't be read or isn't such a file.
Tensor read_tensor(const std::filesystem::path& file);
std::map<std::string, Tensor> read_npz(const std::filesystem::path& file);

// FILE.npz, or a directory (made when it isn't there) that gets output_0.pb, output_1.pb... A file appears whole or not at all. In a
// .npz, 16-bit brain floats, which NumPy doesn't know, are written as f32, and strings as fixed-width bytes.
void write_tensors(const std::filesystem::path& target, const std::vector<std::pair<std::string, Tensor>>& tensors);

}  // namespace onnxrun::tools
