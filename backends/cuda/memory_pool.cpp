#include "backends/cuda/memory_pool.h"

#include <algorithm>
#include <cassert>
#include <new>

namespace onnxrun::cuda {
namespace {

// Small blocks in steps of 512 bytes, from 1 MiB on in steps of 64 KiB: sizes that are nearly alike share blocks.
std::size_t rounded(std::size_t bytes) {
  const std::size_t step = bytes < (std::size_t{1} << 20) ? 512 : std::size_t{64} << 10;
  return (std::max<std::size_t>(bytes, 1) + step - 1) / step * step;
}

}  // namespace

std::byte* MemoryPool::take_idle(std::size_t bytes) {
  const auto at = idle_blocks_.lower_bound(bytes);
  if (at == idle_blocks_.end() || at->first - bytes > at->first / 8) return nullptr;
  const auto [size, block] = *at;
  blocks_in_use_.emplace(block, size);
  idle_blocks_.erase(at);
  idle_ -= size;
  used_ += size;
  return block;
}

std::byte* MemoryPool::allocate(std::size_t bytes) {
  if (bytes > SIZE_MAX / 2) return nullptr;
  const std::size_t size = rounded(bytes);
  const std::scoped_lock lock(mutex_);
  if (std::byte* block = take_idle(size)) return block;
  std::byte* block = source_.allocate(size);
  if (block == nullptr && idle_ > 0) {
    trim_locked(0);
    block = source_.allocate(size);
  }
  if (block == nullptr) return nullptr;
  blocks_in_use_.emplace(block, size);
  used_ += size;
  return block;
}

void MemoryPool::release(std::byte* block) noexcept {
  if (block == nullptr) return;
  const std::scoped_lock lock(mutex_);
  const auto at = blocks_in_use_.find(block);
  assert(at != blocks_in_use_.end());
  const std::size_t size = at->second;
  blocks_in_use_.erase(at);
  used_ -= size;
  try {
    idle_blocks_.emplace(size, block);
    idle_ += size;
  } catch (const std::bad_alloc&) {
    source_.release(block);
  }
  trim_locked(blocks_in_use_.empty() ? 0 : keep_);
}

void MemoryPool::trim() noexcept {
  const std::scoped_lock lock(mutex_);
  trim_locked(0);
}

// The largest first: they are the ones that another process misses.
void MemoryPool::trim_locked(std::size_t keep) noexcept {
  while (idle_ > keep) {
    const auto last = std::prev(idle_blocks_.end());
    idle_ -= last->first;
    source_.release(last->second);
    idle_blocks_.erase(last);
  }
}

std::size_t MemoryPool::used() const {
  const std::scoped_lock lock(mutex_);
  return used_;
}

std::size_t MemoryPool::idle() const {
  const std::scoped_lock lock(mutex_);
  return idle_;
}

}  // namespace onnxrun::cuda
