// Program: an optimised, assigned graph ready to be specialised; holds the packed weights and a bounded cache of plans.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/ir/graph.h"
#include "engine/partition/partition.h"
#include "engine/plan/plan.h"

namespace onnxrun {

// What all programs of a model share.
struct ProgramContext {
  std::shared_ptr<WeightCache> weights = std::make_shared<WeightCache>();
  Parallel parallel;  // threads of a run
  Parallel builders;  // threads that make plans
  Math math = Math::kDefault;
  int plan_cache = 32;  // plans kept per program
  bool replay = true;   // stretches of steps on a device are recorded and replayed
};

// Thread-safe after construction.
class Program {
 public:
  Program(Graph graph, std::shared_ptr<const Partitions> partitions, std::shared_ptr<const ProgramContext> context);

  const Graph& graph() const { return graph_; }
  const Partitions& partitions() const { return *partitions_; }
  std::shared_ptr<const Partitions> shared_partitions() const { return partitions_; }
  const ProgramContext& context() const { return *context_; }
  std::shared_ptr<const ProgramContext> shared_context() const { return context_; }
  // Input i's elements decide shapes: they are part of the plan's key, and constants in the plan.
  bool contents_matter(std::size_t input) const { return contents_matter_[input]; }
  // Whether every input has a fixed shape, so that one plan serves for ever.
  bool static_inputs() const;

  // The device on which alone input i is read, so that it may as well be given there; null: none.
  Device* read_on(std::size_t input) const { return read_on_[input]; }

  // The plan for these inputs, from the cache or made now. Looking one up allocates nothing. An input in a device's memory must be read
  // there alone.
  std::shared_ptr<const Plan> plan_for(std::span<const TensorView> inputs, const Memories& memories = {}) const;
  // The plan that was asked for last, or null.
  std::shared_ptr<const Plan> latest() const;
  int plans() const;

 private:
  struct Entry {
    std::vector<Shape> shapes;
    std::vector<Device*> devices;  // of the inputs, then of the outputs
    std::vector<Tensor> contents;  // of the inputs whose contents matter, else empty
    std::shared_ptr<const Plan> plan;
    std::uint64_t last_use = 0;
  };
  std::shared_ptr<const Plan> find(std::span<const TensorView> inputs, const Memories& memories) const;
  bool matches(const Entry& entry, std::span<const TensorView> inputs, const Memories& memories) const;

  Graph graph_;
  std::shared_ptr<const Partitions> partitions_;
  std::shared_ptr<const ProgramContext> context_;
  std::vector<bool> contents_matter_;
  std::vector<Device*> read_on_;  // by input
  mutable std::mutex build_mutex_;  // one plan is built at a time; building uses all threads anyway
  mutable std::mutex mutex_;        // guards what follows
  mutable std::vector<Entry> cache_;
  mutable std::uint64_t clock_ = 0;
};

// Largest input, in bytes, whose contents may be part of a plan's key.
constexpr std::size_t kMaxKeyBytes = 4096;

// Whether the elements of input i are part of the key of a plan in which the input is this, in this memory.
bool keyed_by_contents(const Program& program, std::size_t i, const TensorView& input, const Device* memory);

// Builds the plan of `program` for inputs of these shapes (and contents, where they matter), in these memories. Throws Error.
std::shared_ptr<const Plan> specialise(const Program& program, std::span<const TensorView> inputs, const Memories& memories);

}  // namespace onnxrun
