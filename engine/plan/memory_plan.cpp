#include "engine/plan/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace onnxrun {
namespace {

std::size_t rounded_up(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes, std::size_t alignment) {
  const auto align = [&](std::size_t bytes) { return rounded_up(bytes, alignment); };
  std::vector<std::size_t> by_size(lifetimes.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::ranges::stable_sort(by_size, [&](std::size_t a, std::size_t b) { return lifetimes[a].bytes > lifetimes[b].bytes; });

  MemoryPlan plan;
  plan.offsets.assign(lifetimes.size(), 0);
  std::vector<std::size_t> placed;  // sorted by offset
  for (const std::size_t i : by_size) {
    const Lifetime& mine = lifetimes[i];
    if (mine.bytes == 0) continue;
    std::size_t offset = 0;
    for (const std::size_t j : placed) {
      const Lifetime& other = lifetimes[j];
      if (other.last < mine.first || mine.last < other.first) continue;
      if (plan.offsets[j] >= offset + align(mine.bytes)) break;  // the gap before it is big enough
      offset = std::max(offset, plan.offsets[j] + align(other.bytes));
    }
    plan.offsets[i] = offset;
    plan.bytes = std::max(plan.bytes, offset + align(mine.bytes));
    placed.insert(std::ranges::upper_bound(placed, offset, {}, [&](std::size_t j) { return plan.offsets[j]; }), i);
  }
  return plan;
}

}  // namespace onnxrun
