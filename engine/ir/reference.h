// What OpDef::reference sees: concrete inputs and outputs of one node, in plain layout.
#pragma once

#include <span>
#include <vector>

#include "engine/base/tensor_view.h"
#include "engine/ir/graph.h"
#include "engine/ir/op_def.h"

namespace onnxrun {

// Runs subgraph `which` of the node on `inputs` (captures included, last); returns its outputs. Implemented by the runner.
class SubgraphRunner {
 public:
  virtual ~SubgraphRunner() = default;
  virtual std::vector<Tensor> run(int which, std::span<const Tensor> inputs) = 0;
};

// Gives memory to an output whose shape only the kernel knows. Implemented by the runner and by the constant folder.
class OutputAllocator {
 public:
  virtual ~OutputAllocator() = default;
  // A view of `shape` elements of the output's dtype; may throw Error(kOutOfResources). Valid until the node is done.
  virtual TensorView allocate(int output, std::span<const std::int64_t> shape) = 0;
  // Takes over a whole tensor as the output (control flow returns what its subgraph made).
  virtual void give(int output, Tensor tensor) = 0;
  // Throws Error(kOutOfResources) when `bytes` more would pass the memory ceiling: for kernels that collect an output whose size
  // they learn as they go.
  virtual void check_room(std::size_t /*bytes*/) {}
};

class ReferenceContext {
 public:
  ReferenceContext(const Node& node, std::span<const TensorView> inputs, std::span<TensorView> outputs,
                   OutputAllocator* allocator = nullptr, SubgraphRunner* subgraphs = nullptr)
      : node_(node), inputs_(inputs), outputs_(outputs), allocator_(allocator), subgraphs_(subgraphs) {}

  const Node& node() const { return node_; }
  const Attributes& attrs() const { return node_.attrs; }
  int inputs() const { return static_cast<int>(inputs_.size()); }
  int outputs() const { return static_cast<int>(outputs_.size()); }
  bool has(int i) const { return i < inputs() && static_cast<bool>(inputs_[static_cast<std::size_t>(i)]); }
  const TensorView& in(int i) const { return inputs_[static_cast<std::size_t>(i)]; }
  // Whether output i is wanted. Its shape is what infer said; allocate() first when infer could not say.
  bool wants(int i) const { return i < outputs() && static_cast<bool>(outputs_[static_cast<std::size_t>(i)]); }
  TensorView& out(int i) { return outputs_[static_cast<std::size_t>(i)]; }
  // Typed elements. The dtype is not checked here: dispatch on it first.
  template <class T>
  std::span<const T> in(int i) const {
    return {in(i).as<const T>(), static_cast<std::size_t>(in(i).size)};
  }
  template <class T>
  std::span<T> out(int i) {
    return {out(i).as<T>(), static_cast<std::size_t>(out(i).size)};
  }
  // For an output whose shape depends on data: makes out(i) a view of `shape`. Harmless when the shape was inferred.
  TensorView& allocate(int i, std::span<const std::int64_t> shape);
  void give(int i, Tensor tensor) { allocator_->give(i, std::move(tensor)); }
  void check_room(std::size_t bytes) {
    if (allocator_ != nullptr) allocator_->check_room(bytes);
  }
  SubgraphRunner& subgraphs() { return *subgraphs_; }

 private:
  const Node& node_;
  std::span<const TensorView> inputs_;
  std::span<TensorView> outputs_;
  OutputAllocator* allocator_;
  SubgraphRunner* subgraphs_;
};

// Runs the reference of one node on tensors in plain layout: constant folding and tests. Output shapes must follow from
// the inputs or be allocated by the kernel. Throws Error.
// `subgraphs` is needed by control flow only.
std::vector<Tensor> run_reference(const Graph& graph, NodeId node, std::span<const Tensor> inputs,
                                  SubgraphRunner* subgraphs = nullptr);

}  // namespace onnxrun
