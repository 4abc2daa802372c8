// Staging: a few pinned blocks of host memory that copies to the device go through, so that they run beside the host.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

#include "backends/cuda/device/api.h"

namespace onnxrun::cuda {

// Made as they are needed, at most kBlocks; whoever comes when all are busy waits for one. Thread-safe.
class Staging {
 public:
  static constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
  static constexpr int kBlocks = 8;

  explicit Staging(const Api& api) : api_(api) {}
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // Queues the copy on the stream; `from` is free once this returns. Throws Error.
  void copy_in(void* to, const void* from, std::size_t bytes, Stream stream);
  // Queues the copy and waits for the stream. Throws Error.
  void copy_out(void* to, const void* from, std::size_t bytes, Stream stream);
  int blocks() const;

 private:
  struct Block {
    void* memory = nullptr;
    Event event = nullptr;  // the last copy out of it
    bool taken = false, busy = false;
  };
  Block* take();
  void give(Block* block) noexcept;

  const Api& api_;
  mutable std::mutex mutex_;  // guards `taken` and the number of blocks
  std::condition_variable given_;
  Block blocks_[kBlocks];
  std::size_t next_ = 0;
};

}  // namespace onnxrun::cuda
