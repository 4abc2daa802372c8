#include "engine/base/memory.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstdlib>

namespace onnxrun {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

void* allocate_elements(std::size_t bytes) noexcept {
  const std::size_t alignment = bytes < kHugePage ? kAlignment : kHugePage;
  const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* memory = rounded < bytes ? nullptr : std::aligned_alloc(alignment, rounded);
#if defined(__linux__)
  // Advice: failing is harmless. Not beyond the last whole page, so that a tensor takes no more memory than it needs.
  if (memory != nullptr && bytes >= kHugePage) madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  return memory;
}

}  // namespace onnxrun
