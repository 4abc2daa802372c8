// Scope: what names mean at one place of the model: in a graph, or in the body of a function that is being inlined.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/import/functions.h"
#include "engine/import/opsets.h"
#include "engine/import/unique_names.h"
#include "engine/ir/graph.h"

namespace onnxrun {

// A graph being built and the value names it has.
struct NamedGraph {
  Graph graph;
  UniqueNames names;

  // Of a value; nameless values stay so.
  std::string unique(const std::string& name) { return name.empty() ? name : names.take(name); }
};

class Scope {
 public:
  struct Capture {
    ValueId outer, inner;
  };

  // Of the main graph (outer = null) or a subgraph. `opsets` must outlive the scope.
  Scope(NamedGraph& graph, Scope* outer, const Opsets& opsets, const Call* call)
      : may_not_run(outer != nullptr && outer->may_not_run), target_(graph), outer_(outer), opsets_(opsets), call_(call) {}
  // Of a function's body, built into the caller's graph; it sees none of the caller's names.
  Scope(Scope& caller, const Call& call)
      : may_not_run(caller.may_not_run), target_(caller.target_), outer_(nullptr), opsets_(call.function->opsets), call_(&call) {}

  Graph& graph() { return target_.graph; }
  const Opsets& opsets() const { return opsets_; }
  const Call* call() const { return call_; }

  // Throws Error(kBadModel) when the name has a meaning here already.
  void define(const std::string& name, ValueId value);
  bool defines(const std::string& name) const { return values_.contains(name); }
  // What the name means; kNone for a function's input that the call leaves out. A name of the surrounding graph becomes a
  // captured input of this one, or a constant that shares the outer one's memory. nullopt: the name means nothing.
  std::optional<ValueId> find(const std::string& name);
  // The same, throwing Error(kBadModel).
  ValueId get(const std::string& name);

  // The name that the value `name` gets in the graph: its own in a graph, a prefixed one in a function's body, except for
  // the function's outputs, which get the names that the call gives them.
  std::string graph_name(const std::string& name) { return target_.unique(plain_graph_name(name)); }
  std::string plain_graph_name(const std::string& name) const;  // before it is made unique
  void rename(const std::string& name, std::string graph_name) { renamed_[name] = std::move(graph_name); }

  std::unordered_map<std::string_view, const onnx::TypeProto*> declared;  // types that the file gives, by value name
  std::vector<Capture> captures;
  bool may_not_run = false;  // somewhere inside a branch of If

 private:
  ValueId capture(ValueId outer);

  NamedGraph& target_;
  Scope* outer_;
  const Opsets& opsets_;
  const Call* call_;
  std::unordered_map<std::string, ValueId> values_;
  std::unordered_map<std::string, std::string> renamed_;
  std::unordered_map<ValueId, ValueId> captured_;  // outer -> inner
};

// A subgraph that was read, before its node exists.
struct ReadSubgraph {
  std::string attribute;
  NamedGraph graph;
  std::vector<Scope::Capture> captures;
};

// Gives all subgraphs of a node the same captures in the same order, as their last inputs; returns the outer values.
std::vector<ValueId> unite_captures(std::vector<ReadSubgraph>& subgraphs, const Graph& outer);

}  // namespace onnxrun
