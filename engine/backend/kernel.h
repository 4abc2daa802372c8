// Kernel: one node made ready for concrete shapes; built slowly once, run fast often.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "engine/base/parallel.h"
#include "engine/base/tensor_view.h"
#include "engine/ir/reference.h"

namespace onnxrun {

// Whatever one execution context needs besides pointers (bound argument lists, streams). One per step and run state, made
// before the first run, never used by two runs at once.
class KernelState {
 public:
  virtual ~KernelState() = default;
};

struct KernelArgs {
  std::span<const TensorView> inputs;  // one per node input; data null and dtype undefined when absent or packed away
  std::span<TensorView> outputs;       // data null where Kernel's node has an output of unknown shape: use `allocator`
  std::byte* scratch = nullptr;        // Kernel::scratch_bytes() bytes, 64-byte aligned
  KernelState* state = nullptr;        // what make_state() returned
  Parallel parallel;
  OutputAllocator* allocator = nullptr;
  SubgraphRunner* subgraphs = nullptr;
};

class Kernel {
 public:
  virtual ~Kernel() = default;
  // May be called by several threads at once, with distinct states. Allocates nothing. Throws Error.
  virtual void run(const KernelArgs& args) const = 0;
  virtual std::unique_ptr<KernelState> make_state() const { return nullptr; }
  virtual std::size_t scratch_bytes() const { return 0; }
  // The input whose memory output `o` may share when nobody reads that input later; -1: none.
  virtual int in_place_input(int /*output*/) const { return -1; }
  // False for an input that run() does not read (a weight that was packed).
  virtual bool reads(int /*input*/) const { return true; }
  // What runs, for explain and profile: "brgconv:avx2", "softmax AVX3".
  virtual std::string describe() const = 0;
};

}  // namespace onnxrun
