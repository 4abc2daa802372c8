// OutputFile: a file that is written piece by piece and gets its name at the end.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

namespace onnxrun::tools {

// Writes to `partial`, which finish() renames to `target` (or to what that links to), replacing what is there. A target that is
// no regular file, a pipe or a device, is written to directly. Throws Error(kUsage) when the file can't be made,
// Error(kOutOfResources) when it can't be written.
class OutputFile {
 public:
  OutputFile(const std::filesystem::path& target, std::filesystem::path partial);
  void write(std::string_view bytes);
  void finish();
  const std::filesystem::path& partial() const { return partial_; }  // empty: the target itself

 private:
  [[noreturn]] void fail(std::string_view why) const;

  std::filesystem::path target_, partial_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace onnxrun::tools
