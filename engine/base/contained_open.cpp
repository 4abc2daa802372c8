#include "engine/base/contained_open.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "engine/base/check.h"

namespace onnxrun {
namespace {

constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr int kFolderFlags = O_PATH | O_CLOEXEC | O_DIRECTORY;

// The kernel's struct open_how and its flags; libc has no wrapper, and older headers have no declaration.
struct OpenHow {
  std::uint64_t flags;
  std::uint64_t mode;
  std::uint64_t resolve;
};
constexpr std::uint64_t kResolveNoSymlinks = 0x04;
constexpr std::uint64_t kResolveBeneath = 0x08;
constexpr long kSysOpenat2 = 437;  // the same on every architecture

std::vector<std::string> components(std::string_view path) {
  require(!path.empty() && path.front() != '/', "the path '{}' is not relative to the model's folder", path);
  require(path.find('\0') == path.npos, "the path has a NUL character");
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    require(part != "..", "the path '{}' leaves the model's folder", path);
    require(!part.empty(), "the path '{}' has an empty component", path);
    if (part != ".") parts.emplace_back(part);
    at = end + 1;
  }
  require(!parts.empty(), "the path '{}' names no file", path);
  return parts;
}

FileDescriptor open_by_kernel(int folder, const std::string& path) {
  OpenHow how{static_cast<std::uint64_t>(kReadFlags), 0, kResolveBeneath | kResolveNoSymlinks};
  return FileDescriptor(static_cast<int>(::syscall(kSysOpenat2, folder, path.c_str(), &how, sizeof how)));
}

FileDescriptor open_by_walk(int folder, const std::vector<std::string>& parts) {
  FileDescriptor current;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    const int flags = last ? kReadFlags | O_NOFOLLOW : kFolderFlags | O_NOFOLLOW;
    FileDescriptor next(::openat(current ? current.get() : folder, parts[i].c_str(), flags));
    if (!next) return next;
    current = std::move(next);
  }
  return current;
}

}  // namespace

ContainedFile open_contained(const std::filesystem::path& folder, std::string_view relative, Containment how) {
  const std::vector<std::string> parts = components(relative);
  std::string path = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) path += "/" + parts[i];

  const std::string root = folder.empty() ? "." : folder.string();
  const FileDescriptor base(::open(root.c_str(), kFolderFlags));
  require(static_cast<bool>(base), "cannot open the model's folder {}: {}", root, std::strerror(errno));

  FileDescriptor fd;
  if (how == Containment::kKernel) {
    fd = open_by_kernel(base.get(), path);
    // A kernel before 5.6 doesn't know the call; a container's filter may forbid it.
    if (!fd && (errno == ENOSYS || errno == EPERM || errno == EINVAL)) how = Containment::kWalk;
  }
  if (how == Containment::kWalk && !fd) fd = open_by_walk(base.get(), parts);
  const int reason = errno;
  require(fd || (reason != ELOOP && reason != EXDEV && reason != ENOTDIR),
          "'{}' goes through a symbolic link or a file; put the file itself into the model's folder", path);
  require(static_cast<bool>(fd), "cannot open '{}' in the model's folder: {}", path, std::strerror(reason));

  struct stat status {};
  require(::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode), "'{}' is not a regular file", path);
  require(status.st_nlink == 1, "'{}' is a hard link ({} names); copy the file into the model's folder", path, status.st_nlink);
  return {std::move(fd), static_cast<std::size_t>(status.st_size)};
}

}  // namespace onnxrun
