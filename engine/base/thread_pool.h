// The process's one thread pool. Kernels see it only through Parallel (base/parallel.h).
#pragma once

#include <memory>

#include "engine/base/function_ref.h"

namespace onnxrun {

class ThreadPool {
 public:
  // The pool of the process. Its workers start when a run first asks for them, at most as many as any run's limit, and sleep in the
  // kernel whenever nothing runs.
  static ThreadPool& process();

  ThreadPool();
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // body(i) for i in [0, tasks) on at most `limit` threads, this one included. See Parallel for the rules.
  void run(int tasks, int limit, FunctionRef<void(int)> body);
  // Whether the calling thread is inside a task: further calls run on it alone.
  static bool in_task();
  int workers() const;

  // While one of these lives, idle workers spin some microseconds for the next task before they sleep: held during a run.
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
