// Parallel: how a kernel uses the process's threads.
//
// One pool serves the whole process (base/thread_pool.h); a Parallel is a handle with this run's limit. Calls are
// synchronous, may come from several threads at once, and may nest (a nested call runs on the calling thread). An exception
// thrown by a task is rethrown by the call, after all tasks have ended. Nothing is allocated.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/function_ref.h"

namespace onnxrun {

class ThreadPool;

class Parallel {
 public:
  Parallel(ThreadPool* pool, int threads) : pool_(pool), threads_(threads) {}
  // Everything on the calling thread.
  Parallel() = default;

  // Most threads that work at once, the caller included.
  int threads() const { return threads_; }

  // body(i) for i in [0, tasks), in any order, on any thread.
  void tasks(int count, FunctionRef<void(int)> body) const;

  // body(begin, end) over [0, count) in pieces of at least `grain`. For exact results independent of the thread count, no
  // element's value may depend on where a piece begins.
  void range(std::int64_t count, std::int64_t grain, FunctionRef<void(std::int64_t, std::int64_t)> body) const {
    if (count <= 0) return;
    const std::int64_t pieces = std::min<std::int64_t>(threads_, (count + grain - 1) / std::max<std::int64_t>(grain, 1));
    if (pieces <= 1) return body(0, count);
    tasks(static_cast<int>(pieces), [&](int i) { body(count * i / pieces, count * (i + 1) / pieces); });
  }

 private:
  ThreadPool* pool_ = nullptr;
  int threads_ = 1;
};

}  // namespace onnxrun
