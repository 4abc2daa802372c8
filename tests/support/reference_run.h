// Runs whole graphs node by node through the reference kernels.
#pragma once

#include <span>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/reference.h"

namespace onnxrun::test {

// One tensor per graph output. Inputs in the order of graph.inputs, in logical (plain) order, of any shape that the graph's
// symbols allow; they take the symbols' place. Subgraphs run the same way.
std::vector<Tensor> run_graph_reference(const Graph& graph, std::span<const Tensor> inputs);

// The same, one node at a time, for those who look at every value.
class ReferenceRun {
 public:
  // Takes a copy of the graph and gives its inputs the shapes of `inputs`.
  ReferenceRun(const Graph& graph, std::span<const Tensor> inputs);
  Graph& graph() { return graph_; }
  // Gives the node's outputs concrete types, as far as they can be known before it runs. To be called in topological order.
  void infer(NodeId node);
  // Runs it; value() of its outputs is there afterwards, their types are concrete.
  void run(NodeId node);
  // In plain layout; empty for kNone.
  const Tensor& value(ValueId id) const { return id == ValueId::kNone ? none_ : values_[index(id)]; }
  std::vector<Tensor> inputs_of(NodeId node) const;

 private:
  Graph graph_;
  std::vector<Tensor> values_;
  Tensor none_;
};

// Runs the subgraphs of a node by the reference.
class ReferenceSubgraphs : public SubgraphRunner {
 public:
  explicit ReferenceSubgraphs(const Node& node) : node_(node) {}
  std::vector<Tensor> run(int which, std::span<const Tensor> inputs) override;

 private:
  const Node& node_;
};

}  // namespace onnxrun::test
