// Replays: what one run state has recorded of its plan's stretches.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/backend/device.h"
#include "engine/plan/plan.h"

namespace onnxrun {

// A recording serves for the addresses that it was made with. The first run with new ones goes step by step, which also makes whatever
// kernels make when they are first run; the second is recorded. So callers who come with other memory every time lose nothing, and
// those who take turns with a few tensors have a recording for each.
class Replays {
 public:
  static constexpr std::size_t kKept = 4;  // sets of addresses that are remembered, per stretch
  static constexpr int kMade = 16;         // recordings that a stretch may cost

  explicit Replays(const Plan& plan);

  // Queues the work of a stretch of the plan: by a recording, or by `steps`, which runs its steps. Allocates nothing once the addresses
  // (those of Stretch, in its order) have been seen twice. Throws what `steps` and the device do.
  void run(std::size_t stretch, std::span<void* const> addresses, const std::function<void()>& steps);

 private:
  struct Seen {
    std::vector<void*> addresses;  // empty: nothing seen yet
    std::unique_ptr<Recording> recording;
    std::uint64_t last_use = 0;
  };
  struct Known {
    Seen seen[kKept];
    int made = 0;
    bool refused = false;
  };
  static Seen* find(Known& known, std::span<void* const> addresses);

  const Plan& plan_;
  std::vector<Known> known_;  // by stretch
  std::uint64_t clock_ = 0;
};

}  // namespace onnxrun
