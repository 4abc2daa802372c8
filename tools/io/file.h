// Whole files: read, and written so that they appear complete or not at all.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace onnxrun::tools {

// Throw Error(kUsage) with the system's reason; write_file Error(kOutOfResources) when there is no room.
std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view bytes);
// Throws Error(kUsage) when the file can't be read or isn't JSON.
nlohmann::json read_json(const std::filesystem::path& file);
// The same; an empty object when there is no such file.
nlohmann::json read_json_if(const std::filesystem::path& file);

}  // namespace onnxrun::tools
