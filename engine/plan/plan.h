// Plan: a Program for concrete shapes: kernels in order, and where every value lies.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/backend/kernel.h"
#include "engine/ir/graph.h"
#include "engine/plan/stretch.h"

namespace onnxrun {

class Device;
class DeviceBuffer;
class Program;
struct Assignment;
struct ProgramContext;

// In whose memory the caller's inputs are, and the outputs shall be; null: the host's. Empty: all of them.
struct Memories {
  std::span<Device* const> inputs, outputs;
  Device* input(std::size_t i) const { return inputs.empty() ? nullptr : inputs[i]; }
  Device* output(std::size_t i) const { return outputs.empty() ? nullptr : outputs[i]; }
};

// Where the elements of a value are during a run.
enum class Place : std::uint8_t {
  kNone,      // nowhere: absent, or not read by anybody
  kInput,     // the caller's input `at`
  kConstant,  // Graph value's constant
  kArena,     // byte `at` of arena `arena`
  kOutput,    // the caller's output `at`
  kDynamic,   // tensor `at` of the run state: allocated by the kernel that makes it
};

struct Slot {
  Place place = Place::kNone;
  std::size_t at = 0;
  std::size_t arena = 0;  // into Plan::arenas
  Device* device = nullptr;  // in whose memory; null: the host's
  TensorView view;     // dtype, layout, shape and size; data only for constants
  bool sized = false;  // the shape is known
};

struct Step {
  NodeId node = NodeId::kNone;
  const Assignment* assignment = nullptr;
  std::unique_ptr<Kernel> kernel;
  std::vector<ValueId> inputs, outputs;  // kNone: absent, not wanted, or packed into the kernel
  Device* reads = nullptr;               // the memory of inputs and of outputs; null: the host's
  Device* writes = nullptr;
  std::size_t arena = 0;                 // where the scratch memory is: into Plan::arenas
  std::size_t scratch = 0;               // byte offset in it
  std::vector<std::shared_ptr<DeviceBuffer>> uploaded;  // of a device's step, by input: the constants in its memory
  std::vector<std::unique_ptr<Program>> subprograms;  // of a node with subgraphs
};

// Whatever the runner keeps between two runs of a plan (run/run_state.h).
class RunStateBase {
 public:
  virtual ~RunStateBase() = default;
};

struct Plan {
  std::shared_ptr<const ProgramContext> context;  // the program's, but with a weight cache for this plan's own constants
  Graph graph;                     // specialised; its nodes and values are what steps and slots refer to
  std::vector<Shape> shapes;       // by ValueId: what the slots' views point to
  std::vector<Slot> slots;         // by ValueId
  std::vector<Step> steps;
  struct Memory {
    Device* device;  // null: the host's
    std::size_t bytes;
  };
  std::vector<Memory> arenas = {{nullptr, 0}};  // the host's first
  std::size_t dynamic_values = 0;
  std::vector<Stretch> stretches;  // by their first steps; empty where nothing is to be replayed
  mutable Replayed replayed;

  // Where output i of the program comes from: a value of this plan or output `rest` of the rest.
  struct Output {
    ValueId value = ValueId::kNone;
    int rest = -1;
    bool copy = false;  // the value lies elsewhere and is copied at the end
  };
  std::vector<Output> outputs;

  // What can only be specialised once the values it starts from exist; null when the plan is whole. It refers to shapes and data
  // that this plan computes: `rest_inputs` are its inputs, in order.
  std::unique_ptr<Program> rest;
  std::vector<ValueId> rest_inputs;
  std::vector<Device*> rest_devices;  // where they are

  // Idle run states, reused by later runs.
  mutable std::mutex idle_mutex;
  mutable std::vector<std::unique_ptr<RunStateBase>> idle;
  mutable std::atomic<int> reserved_runs{0};  // how many at a time have been prepared for

  Plan();
  ~Plan();
};

}  // namespace onnxrun
