// Tensors and lists in files: NumPy's .npy and .npz, and ONNX's .pb (TensorProto, SequenceProto, OptionalProto, MapProto).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "onnxrun/introspect.h"
#include "onnxrun/tensor.h"

namespace onnxrun::tools {

// By the file's ending: .npy or .pb; a list, of dtype `kind`, is a .pb. Throws Error(kUsage) when it can't be read or isn't such a file.
Tensor read_tensor(const std::filesystem::path& file, DType kind = DType::kUndefined);
std::map<std::string, Tensor> read_npz(const std::filesystem::path& file);
// In a .npz a list is a member for each element: NAME.0, NAME.1... (a map's keys and values being NAME.0 and NAME.1). Takes the members that
// are of the list `info` out of `members`; nullopt when there is none.
std::optional<Tensor> take_list(const ValueInfo& info, std::map<std::string, Tensor>& members);

// FILE.npz, or a directory (made when it isn't there) that gets output_0.pb, output_1.pb... A file appears whole or not at all. In a
// .npz, 16-bit brain floats, which NumPy doesn't know, are written as f32, and strings as fixed-width bytes.
void write_tensors(const std::filesystem::path& target, const std::vector<std::pair<std::string, Tensor>>& tensors);

}  // namespace onnxrun::tools
