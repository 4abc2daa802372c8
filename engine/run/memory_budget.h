// The memory ceiling of a session, and its arenas.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "onnxrun/tensor.h"

namespace onnxrun {

class Device;

// Counts bytes against a limit. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit) : limit_(limit) {}  // 0 = none
  // Throws Error(kOutOfResources) when `bytes` more would pass the limit; `what` says for what.
  void take(std::uint64_t bytes, const char* what);
  // The same, without keeping them: for memory whose owner does not report back.
  void check(std::uint64_t bytes, const char* what) {
    if (bytes == 0) return;
    take(bytes, what);
    give_back(bytes);
  }
  void give_back(std::uint64_t bytes) noexcept { used_.fetch_sub(bytes); }
  std::uint64_t used() const { return used_.load(); }
  std::uint64_t peak() const { return peak_.load(); }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0}, peak_{0};
};

// What an output of this type and shape takes anew: nothing where the tensor has room for it.
std::size_t fresh_bytes(const Tensor& output, DType dtype, std::span<const std::int64_t> shape);

// One block of memory, 64-byte aligned, on the host or on a device, counted against a budget for as long as it lives.
class Arena {
 public:
  Arena(std::size_t bytes, MemoryBudget& budget, Device* device = nullptr);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  Device* device() const { return device_; }  // null: the host's memory

 private:
  MemoryBudget& budget_;
  Device* device_;
  std::size_t bytes_;
  std::byte* data_ = nullptr;
};

// Arenas that no run uses now; every plan of a session draws on them, so that their number is that of the runs at work at once,
// and their size that of the largest plan, however many shapes come by. Thread-safe.
class ArenaPool {
 public:
  explicit ArenaPool(MemoryBudget& budget) : budget_(budget) {}
  // An arena of at least `bytes`: the smallest idle one that is large enough, else a new one in place of the largest idle one; only those
  // in the same memory count.
  std::unique_ptr<Arena> acquire(std::size_t bytes, Device* device = nullptr);
  // What is queued on a device's arena must be done.
  void release(std::unique_ptr<Arena> arena) noexcept;

 private:
  MemoryBudget& budget_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Arena>> idle_;  // by size, smallest first
};

}  // namespace onnxrun
