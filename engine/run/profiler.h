// Times of steps, collected when Options::profile asks for them.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "engine/ir/graph.h"
#include "onnxrun/introspect.h"

namespace onnxrun {

struct Step;

// Thread-safe. Keeps the first million events.
class Profiler {
 public:
  using Clock = std::chrono::steady_clock;
  std::uint64_t begin_run() { return runs_.fetch_add(1); }
  void record(const Graph& graph, const Step& step, std::uint64_t run, Clock::time_point start, Clock::time_point end);
  Profile snapshot() const;

 private:
  static constexpr std::size_t kMaxEvents = 1000000;
  const Clock::time_point origin_ = Clock::now();
  std::atomic<std::uint64_t> runs_{0};
  mutable std::mutex mutex_;
  Profile profile_;
};

}  // namespace onnxrun
