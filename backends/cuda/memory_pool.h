// MemoryPool: device memory that is kept for the next who asks, because asking the driver takes long and waits for the device.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <unordered_map>

namespace onnxrun::cuda {

// Where the blocks come from: the driver, or a test.
class BlockSource {
 public:
  virtual ~BlockSource() = default;
  virtual std::byte* allocate(std::size_t bytes) = 0;  // null when there is none
  virtual void release(std::byte* block) noexcept = 0;
};

// Best fit: a block of which no more than an eighth would be wasted. At most `keep` bytes lie idle, and none once everything has
// been released: when the last session ends, the device is as it was. Nobody may still be working in a block that is released, so
// it serves any stream next. Thread-safe.
class MemoryPool {
 public:
  MemoryPool(BlockSource& source, std::size_t keep) : source_(source), keep_(keep) {}
  ~MemoryPool() { trim(); }
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // Null when even after a trim there is none.
  std::byte* allocate(std::size_t bytes);
  void release(std::byte* block) noexcept;
  // Gives back what lies idle.
  void trim() noexcept;

  std::size_t used() const;  // bytes, as rounded
  std::size_t idle() const;

 private:
  std::byte* take_idle(std::size_t bytes);
  void trim_locked(std::size_t keep) noexcept;

  BlockSource& source_;
  const std::size_t keep_;
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<std::byte*, std::size_t> blocks_in_use_;
  std::multimap<std::size_t, std::byte*> idle_blocks_;
  std::size_t used_ = 0, idle_ = 0;
};

}  // namespace onnxrun::cuda
