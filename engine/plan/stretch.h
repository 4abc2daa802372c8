// Stretches: steps of a plan, one after the other, that all work in one device's memory, so that the device can keep them and run them
// again as one. What crosses between memories, and whatever the host does, lies between them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace onnxrun {

class Device;
struct Plan;

struct Stretch {
  std::size_t first = 0, end = 0;  // into Plan::steps
  Device* device = nullptr;
  // What decides all addresses in it, constants aside: arenas, and the caller's tensors by their numbers.
  std::vector<std::size_t> arenas, inputs, outputs;
  std::size_t addresses() const { return arenas.size() + inputs.size() + outputs.size(); }
};

// Of two steps or more: one alone is started as quickly as it is replayed.
std::vector<Stretch> find_stretches(const Plan& plan);

// What has become of a plan's stretches. Thread-safe.
struct Replayed {
  std::atomic<std::int64_t> recordings{0}, replays{0};
  void refuse(std::string why);
  std::string why_not() const;  // the first refusal; empty: none

 private:
  mutable std::mutex mutex_;
  std::string why_not_;
};

}  // namespace onnxrun
