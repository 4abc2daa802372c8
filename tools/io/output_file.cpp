#include "tools/io/output_file.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>

#include "onnxrun/error.h"

namespace onnxrun::tools {
namespace fs = std::filesystem;

constexpr int kMostLinks = 40;

OutputFile::OutputFile(const fs::path& target, fs::path partial) : target_(target), partial_(std::move(partial)), file_(nullptr, std::fclose) {
  std::error_code absent;
  const auto status = fs::status(target_, absent);
  if (fs::exists(status) && !fs::is_regular_file(status)) partial_.clear();
  for (int i = 0; i < kMostLinks && fs::is_symlink(target_, absent); ++i) target_ = target_.parent_path() / fs::read_symlink(target_, absent);
  const fs::path& made = partial_.empty() ? target_ : partial_;
  file_.reset(std::fopen(made.c_str(), "wbe"));
  if (!file_) throw Error(ErrorCode::kUsage, fmt::format("cannot write {}: {}", made.string(), std::strerror(errno)));
}

void OutputFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail(std::strerror(errno));
}

void OutputFile::finish() {
  if (std::fclose(file_.release()) != 0) fail(std::strerror(errno));
  if (partial_.empty()) return;
  std::error_code failed;
  fs::rename(partial_, target_, failed);
  if (failed) fail(failed.message());
}

void OutputFile::fail(std::string_view why) const {
  throw Error(ErrorCode::kOutOfResources, fmt::format("cannot write {}: {}", target_.string(), why));
}

}  // namespace onnxrun::tools
