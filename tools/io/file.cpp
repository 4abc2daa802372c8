#include "tools/io/file.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "onnxrun/error.h"
#include "tools/io/output_file.h"

namespace onnxrun::tools {

std::string read_file(const std::filesystem::path& file) {
  if (std::filesystem::is_directory(file)) throw Error(ErrorCode::kUsage, fmt::format("{} is a directory, want a file", file.string()));
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (!in.is_open() || in.bad()) throw Error(ErrorCode::kUsage, fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  return std::move(text).str();
}

nlohmann::json read_json(const std::filesystem::path& file) {
  try {
    return nlohmann::json::parse(read_file(file));
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kUsage, fmt::format("{}: not valid JSON: {}", file.string(), e.what()));
  }
}

nlohmann::json read_json_if(const std::filesystem::path& file) {
  return std::filesystem::exists(file) ? read_json(file) : nlohmann::json::object();
}

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  OutputFile out(file, fmt::format("{}.{}.partial", file.string(), getpid()));
  try {
    out.write(bytes);
    out.finish();
  } catch (const Error&) {
    std::error_code ignored;
    if (!out.partial().empty()) std::filesystem::remove(out.partial(), ignored);
    throw;
  }
}

}  // namespace onnxrun::tools
