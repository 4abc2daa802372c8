// Opening a file that a model names, without letting the model reach outside its folder.
#pragma once

#include <filesystem>
#include <string_view>

#include "engine/base/mapped_file.h"

namespace onnxrun {

enum class Containment {
  kKernel,  // openat2(2) where the kernel has it, else kWalk
  kWalk,    // component by component, following no symbolic link
};

struct ContainedFile {
  FileDescriptor fd;  // open for reading
  std::size_t size = 0;
};

// Opens `relative` below `folder`. Throws Error(kBadModel) when the path is absolute, has a "..", an empty name or a NUL,
// goes through a symbolic link, is not a regular file, or is a file with a second name (a hard link may point anywhere).
// `folder` itself is trusted and may be a link.
ContainedFile open_contained(const std::filesystem::path& folder, std::string_view relative,
                             Containment how = Containment::kKernel);

}  // namespace onnxrun
