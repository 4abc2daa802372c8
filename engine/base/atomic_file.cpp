#include "engine/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "engine/base/check.h"

namespace onnxrun {

constexpr int kMostLinks = 40;

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
  std::error_code absent;
  const auto status = std::filesystem::status(target_, absent);
  const bool direct = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
  if (direct) {
    fd_ = FileDescriptor(::open(target_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  }
  for (int i = 0; !direct && i < kMostLinks && std::filesystem::is_symlink(target_, absent); ++i) {
    target_ = target_.parent_path() / std::filesystem::read_symlink(target_, absent);
  }
  for (int i = 0; !direct && i < 1000 && !fd_; ++i) {
    temporary_ = target_;
    temporary_ += fmt::format(".{}-{}.tmp", ::getpid(), i);
    fd_ = FileDescriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd_ && errno != EEXIST) break;
  }
  require(ErrorCode::kUsage, static_cast<bool>(fd_), "cannot write {}: {}", target_.string(), std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (fd_ && !temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ::ssize_t n = ::write(fd_.get(), bytes.data(), std::min<std::size_t>(bytes.size(), std::size_t{1} << 30));
    if (n < 0 && errno == EINTR) continue;
    require(ErrorCode::kOutOfResources, n > 0, "cannot write {}: {}", target_.string(), std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    size_ += static_cast<std::uint64_t>(n);
  }
}

void AtomicFile::align(std::uint64_t alignment) {
  static constexpr std::array<std::byte, 4096> kZeros{};
  while (size_ % alignment != 0) {
    write(std::span(kZeros).first(std::min<std::size_t>(alignment - size_ % alignment, kZeros.size())));
  }
}

void AtomicFile::commit() {
  const bool done = temporary_.empty() || (::fsync(fd_.get()) == 0 && std::rename(temporary_.c_str(), target_.c_str()) == 0);
  require(ErrorCode::kOutOfResources, done, "cannot write {}: {}", target_.string(), std::strerror(errno));
  fd_ = FileDescriptor();
}

}  // namespace onnxrun
