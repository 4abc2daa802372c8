// Placing buffers of known lifetime in one arena.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace onnxrun {

// In use from step `first` to step `last`, both included.
struct Lifetime {
  std::size_t bytes = 0;
  int first = 0;
  int last = 0;
};

struct MemoryPlan {
  std::vector<std::size_t> offsets;  // one per lifetime, multiples of `alignment`
  std::size_t bytes = 0;             // of the whole arena
};

// Largest buffer first, each at the lowest offset where it meets no buffer that lives at the same time. Buffers of zero bytes get
// offset 0.
MemoryPlan plan_memory(std::span<const Lifetime> lifetimes, std::size_t alignment = 64);

}  // namespace onnxrun
