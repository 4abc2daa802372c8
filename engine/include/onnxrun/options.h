// What a session and a single run can be told.
#pragma once

#include <chrono>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace onnxrun {

// How much precision may be traded for speed; `explain` and `bench` report what was used.
enum class Math {
  kExact,    // the model's own types, results do not depend on the number of threads
  kDefault,  // the model's own types; faster algorithms of the same type (Winograd, TF32 on GPUs) allowed
  kFast,     // products in bf16 where the CPU or GPU has it; without it in f16 on GPUs and on Arm (Graviton2)
};

struct Options {
  // Backends in order of preference; empty = all that are registered and present, in the registry's order. Naming one that
  // is absent throws Error(kBackendMissing). `reference` always comes last, whether named or not.
  std::vector<std::string> backends;
  // Most threads that one run uses; 0 = what the container allows (affinity and cgroup quota).
  int threads = 0;
  // kDefault becomes kFast when the environment says DNNL_DEFAULT_FPMATH_MODE=BF16.
  Math math = Math::kDefault;
  // Bytes that activations and run-time outputs of this session may take together; 0 = no limit. Reaching it throws
  // Error(kOutOfResources) and leaves the session usable.
  std::uint64_t memory_limit = 0;
  // Plans kept, one per combination of input shapes; the least recently used goes first.
  int plan_cache = 32;
  // Concrete sizes for symbolic dimensions, bound before optimisation: {"batch", 1}.
  std::map<std::string, std::int64_t> dims;
  // Passes that must not run, and the last one that does ("" = all).
  std::vector<std::string> disabled_passes;
  std::string stop_after;
  // Collect per-step times; see Session::profile().
  bool profile = false;
  // Everything else, by name; unknown keys throw Error(kUsage).
  std::map<std::string, std::string> settings;
};

// Cancels runs from another thread: give its address to RunOptions, call cancel(); the run throws Error(kTimeLimit)
// between two steps. May be shared by several runs, and reset() once none uses it.
class CancelToken {
 public:
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  void reset() noexcept { cancelled_.store(false, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

class Tensor;

// A value of the optimised graph that a step has just made.
struct WatchedValue {
  std::string_view name;  // the model's, where the passes have left the value there
  std::string_view node;
  std::string op;
  const Tensor& value;    // a copy in plain layout; gone after the call
};

struct RunOptions {
  // Longest time the run may take, checked between steps; zero = no limit. Passing it throws Error(kTimeLimit).
  std::chrono::nanoseconds time_limit{0};
  const CancelToken* cancel = nullptr;
  // Called after every step for each named value it made, on the thread that runs; a value inside a loop comes once per turn. For
  // finding where two runs part: it copies everything, so the run is slow. What it throws ends the run.
  std::function<void(const WatchedValue&)> watch;
};

}  // namespace onnxrun
