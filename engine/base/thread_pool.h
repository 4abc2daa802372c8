// The process's one thread pool. Kernels see it only through Parallel (base/parallel.h).
#pragma once

#include <memory>

#include "engine/base/function_ref.h"

namespace onnxrun {

// How many processors this process may use: the smallest of its affinity mask and its cgroup's CPU quota (v1 or v2, every
// level up to the root, rounded up), at least 1. `root` stands in for "/" in tests.
int available_processors(const char* root = "");

class ThreadPool {
 public:
  // The pool; its workers start when first needed and sleep on a futex whenever no run needs them.
  static ThreadPool& process();

  explicit ThreadPool(int threads);  // workers = threads - 1: callers work too
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;
  // body(i) for i in [0, tasks) on at most `limit` threads, this one included. See Parallel for the rules.
  void run(int tasks, int limit, FunctionRef<void(int)> body);

  // While one of these lives, idle workers spin a few microseconds for the next task before they sleep: held by a run.
  class Busy {
   public:
    explicit Busy(ThreadPool& pool);
    ~Busy();
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    ThreadPool& pool_;
  };

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace onnxrun
