#include "engine/run/profiler.h"

#include <functional>
#include <thread>

#include "engine/ir/op_def.h"
#include "engine/partition/partition.h"
#include "engine/plan/plan.h"

namespace onnxrun {

void Profiler::record(const Graph& graph, const Step& step, std::uint64_t run, Clock::time_point start, Clock::time_point end) {
  const auto micros = [&](auto d) { return std::chrono::duration<double, std::micro>(d).count(); };
  const std::lock_guard lock(mutex_);
  if (profile_.events.size() >= kMaxEvents) {
    ++profile_.dropped;
    return;
  }
  const Node& n = graph.node(step.node);
  ProfileEvent event;
  event.name = n.name;
  event.op = op_full_name(*n.op);
  event.backend = step.assignment->backend->traits().name;
  event.kernel = step.kernel->describe();
  event.start_us = micros(start - origin_);
  event.duration_us = micros(end - start);
  event.run = run;
  event.thread = std::hash<std::thread::id>{}(std::this_thread::get_id());
  profile_.events.push_back(std::move(event));
}

Profile Profiler::snapshot() const {
  const std::lock_guard lock(mutex_);
  return profile_;
}

}  // namespace onnxrun
