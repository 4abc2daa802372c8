// What OpDef::upgrade sees: one node as the file wrote it, at the file's opset version.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/infer.h"

namespace onnxrun {

// An upgrade changes the node in place (attribute turned into input, default made explicit), or replaces it: build other
// nodes, then replace_with() their results, one per output. It is called for every node whose opset version is below the
// newest of OpDef::versions, and for every node when the operator has no `reference` (a composite). Input types are
// already inferred.
class UpgradeContext {
 public:
  UpgradeContext(Graph& graph, NodeId node, int opset) : graph_(graph), node_(node), opset_(opset) {}

  int opset() const { return opset_; }  // version of the node's domain that the model imports
  Graph& graph() { return graph_; }
  NodeId id() const { return node_; }
  Node& node() { return graph_.node(node_); }
  Attributes& attrs() { return node().attrs; }
  bool has(int i) const {
    const Node& n = graph_.node(node_);
    return i < static_cast<int>(n.inputs.size()) && n.inputs[static_cast<std::size_t>(i)] != ValueId::kNone;
  }
  ValueId in(int i) const { return has(i) ? graph_.node(node_).inputs[static_cast<std::size_t>(i)] : ValueId::kNone; }
  // The type of input i; an unknown one for an absent input.
  const Type& type(int i) const {
    static const Type kUnknown;
    return has(i) ? graph_.value(in(i)).type : kUnknown;
  }
  // Sets input i, padding with absent inputs before it.
  void set_in(int i, ValueId value);
  // Moves the attribute, when it is there, into input i as a constant int64 vector / scalar / float scalar.
  void ints_to_input(std::string_view attribute, int i);
  void int_to_input(std::string_view attribute, int i);
  void float_to_input(std::string_view attribute, int i, DType dtype = DType::kFloat32);
  // The schema default of the newest version was filled in already; old versions with another default call this first:
  // sets `value` unless the file itself gave the attribute.
  void old_default(std::string_view attribute, Attribute value);
  void mark_given(std::vector<std::string> names) { given_ = std::move(names); }

  ValueId constant(Tensor t) { return graph_.add_constant(std::move(t)); }
  ValueId ints(std::initializer_list<std::int64_t> values);
  ValueId ints(const std::vector<std::int64_t>& values);
  ValueId build(std::string_view op_name, std::vector<ValueId> inputs, Attributes attrs = {}) {
    return onnxrun::build(graph_, op_name, std::move(inputs), std::move(attrs));
  }
  // Every reader of output i reads results[i] instead; the node dies.
  void replace_with(const std::vector<ValueId>& results);

 private:
  Graph& graph_;
  NodeId node_;
  int opset_;
  std::vector<std::string> given_;
};

}  // namespace onnxrun
