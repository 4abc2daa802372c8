// Inference of output types for one node, and the graph-wide sweep.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/op_def.h"

namespace onnxrun {

// What OpDef::infer sees. Input types may be unknown in part: has_shape() before shape(). An infer function throws
// Error(kBadModel) through require() when the types can't be right; the caller adds node and operator to the message.
class InferContext {
 public:
  InferContext(Graph& graph, NodeId node) : graph_(graph), node_(node) {}

  const Node& node() const { return graph_.node(node_); }
  const Attributes& attrs() const { return node().attrs; }
  int inputs() const { return static_cast<int>(node().inputs.size()); }
  int outputs() const { return static_cast<int>(node().outputs.size()); }
  // Whether input i is given (present and not an empty name).
  bool has(int i) const { return i < inputs() && node().inputs[static_cast<std::size_t>(i)] != ValueId::kNone; }
  const Type& in(int i) const { return graph_.value(node().inputs[static_cast<std::size_t>(i)]).type; }
  DType dtype(int i) const { return in(i).dtype; }
  bool has_shape(int i) const { return has(i) && in(i).ranked(); }
  const Dims& shape(int i) const { return in(i).dims(); }
  int rank(int i) const { return in(i).rank(); }
  // The elements, when input i is a constant; else null.
  const Tensor* constant(int i) const;
  // The elements of an integer input of rank 0 or 1, as far as they are known (symbolically), else null. An output shape
  // that depends on contents which are not known must be set with fresh symbols or left without a shape: the planner
  // then ends a segment before this node and asks again with the data as a constant.
  const std::vector<Dim>* contents(int i) const;

  void set(int output, Type type);
  void set(int output, DType dtype, std::optional<Dims> shape) { set(output, Type::tensor(dtype, std::move(shape))); }
  void set_contents(int output, std::vector<Dim> contents);
  // A new symbol: a dimension that only the kernel will know (NonZero), or that nobody needs to.
  Dim fresh() { return graph_.fresh_symbol(); }
  Dims fresh_dims(int rank);
  Graph& graph() { return graph_; }
  Node& mutable_node() { return graph_.node(node_); }  // for control flow, which infers its subgraphs

 private:
  Graph& graph_;
  NodeId node_;
};

// Infers the outputs of `node` from its inputs. Layouts other than plain pass through element-wise operators; operators
// that have their own rule for layouts set it themselves. Throws Error(kBadModel) naming node and operator.
void infer_node(Graph& graph, NodeId node);
// Infers every node in topological order, subgraphs included (by their owners).
void infer_graph(Graph& graph);

// Adds a node, infers it and returns its first output: what passes and upgrades build with.
ValueId build(Graph& graph, const OpDef& op, std::vector<ValueId> inputs, Attributes attrs = {}, std::string name = {});
ValueId build(Graph& graph, std::string_view op_name, std::vector<ValueId> inputs, Attributes attrs = {}, std::string name = {});

// "Conv node conv_12": how messages name a node.
std::string node_label(const Graph& graph, NodeId node);

}  // namespace onnxrun
