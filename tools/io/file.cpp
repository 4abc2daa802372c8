#include "tools/io/file.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "onnxrun/error.h"

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
  const std::filesystem::path partial = fmt::format("{}.{}.partial", file.string(), getpid());
  {
    std::ofstream out(partial, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) {
      const std::string why = std::strerror(errno);
      std::error_code ignored;
      std::filesystem::remove(partial, ignored);
      throw Error(ErrorCode::kUsage, fmt::format("cannot write {}: {}", file.string(), why));
    }
  }
  std::error_code failed;
  std::filesystem::rename(partial, file, failed);
  if (!failed) return;
  std::error_code ignored;
  std::filesystem::remove(partial, ignored);
  throw Error(ErrorCode::kUsage, fmt::format("cannot write {}: {}", file.string(), failed.message()));
}

}  // namespace onnxrun::tools
