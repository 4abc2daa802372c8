// MappedFile: a whole file as read-only memory, shared by everything that points into it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace onnxrun {

// A file descriptor that closes itself.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

// The contents are those at the time of a page's first use: a file that is shortened while it is mapped ends the process
// with SIGBUS, as everywhere. Replacing it by rename is safe. Threads: immutable.
class MappedFile {
 public:
  // Throws Error(kUsage) when the file can't be opened or is not a regular file.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& file);
  // Maps an open regular file; the descriptor may be closed afterwards. Throws Error(kOutOfResources).
  static std::shared_ptr<const MappedFile> map(int fd, std::size_t size);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // The whole pages within `part` need not stay in memory; reading them again is allowed, and slow.
  void drop_pages(std::span<const std::byte> part) const;

 private:
  MappedFile(const std::byte* data, std::size_t size) : data_(data), size_(size) {}
  const std::byte* data_;
  std::size_t size_;
};

}  // namespace onnxrun
