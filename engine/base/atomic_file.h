// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "engine/base/mapped_file.h"

namespace onnxrun {

// Writes to a new file beside `target` (or beside what that links to); commit() gives it the name, replacing what is there.
// Without commit() nothing remains. A target that is no regular file, a pipe or a device, is written to directly. Throws
// Error(kUsage) when the file can't be made, Error(kOutOfResources) when it can't be written.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  // Zeros up to the next multiple of `alignment`.
  void align(std::uint64_t alignment);
  std::uint64_t size() const { return size_; }  // written so far
  void commit();

 private:
  std::filesystem::path target_, temporary_;  // no temporary: written directly
  FileDescriptor fd_;
  std::uint64_t size_ = 0;
};

}  // namespace onnxrun
