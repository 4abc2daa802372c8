// Arm Compute Library's view of the process's threads: an arm_compute::IScheduler on top of our Parallel, for the whole process.
#pragma once

#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/base/parallel.h"

namespace onnxrun::acl {

// Makes the library use our threads. Before anything else is asked of it.
void install_scheduler();

// In how many parts kernels divide their work. As a rule one per thread of the run. Under Math::kExact a fixed number, whatever
// the threads: kernels and their blocking are chosen by the number of parts, so results stay the same when the parts are merely
// dealt out to more or fewer threads.
int parts_for(const PrepareContext& ctx);

enum class Turn : std::uint8_t {
  kRun,    // kernels run
  kName,   // kernels are named, and do not run
  kAdopt,  // kernels do not run, and matrix products take over B where it lies packed already
};

// While one of these lives, what the calling thread asks of the library divides its work in `parts` and runs on `parallel`.
// Without one it runs on the calling thread alone. `names`: of the kernels, in the order of their calls.
class TurnScope {
 public:
  TurnScope(Parallel parallel, int parts, Turn turn = Turn::kRun, std::vector<std::string>* names = nullptr);
  ~TurnScope();
  TurnScope(const TurnScope&) = delete;
  TurnScope& operator=(const TurnScope&) = delete;

  // Of the calling thread: its parallelism; and whether it may touch memory, noting `name` for describe().
  static Parallel parallel();
  static bool runs(std::string_view name);

 private:
  friend class PoolScheduler;
  Parallel parallel_;
  int parts_;
  Turn turn_;
  std::vector<std::string>* names_;
  const TurnScope* previous_;
};

}  // namespace onnxrun::acl
