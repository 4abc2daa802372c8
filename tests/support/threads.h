// Parallel handles for tests.
#pragma once

#include "engine/base/parallel.h"

#include "engine/base/thread_pool.h"

namespace onnxrun::test {

// Three threads, whatever the machine has, so that work is split unevenly.
inline Parallel several_threads() {
  return Parallel(&ThreadPool::process(), 3);
}

}  // namespace onnxrun::test
