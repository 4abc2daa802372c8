// Whole files: read, and written so that they appear complete or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace onnxrun::tools {

// Throws Error(kUsage) with the system's reason.
std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace onnxrun::tools
