#include "engine/import/scope.h"

#include <algorithm>

#include "engine/base/check.h"

namespace onnxrun {

void Scope::define(const std::string& name, ValueId value) {
  require(!name.empty(), "a value has no name");
  require(values_.emplace(name, value).second, "value {} is made twice", name);
}

std::optional<ValueId> Scope::find(const std::string& name) {
  if (const auto at = values_.find(name); at != values_.end()) return at->second;
  if (outer_ == nullptr) return std::nullopt;
  const auto outer = outer_->find(name);
  if (!outer) return std::nullopt;
  const ValueId inner = *outer == ValueId::kNone ? ValueId::kNone : capture(*outer);
  values_.emplace(name, inner);
  return inner;
}

ValueId Scope::get(const std::string& name) {
  const auto found = find(name);
  require(found.has_value(), "value '{}' is made by no node and is neither an input nor an initialiser", name);
  return *found;
}

ValueId Scope::capture(ValueId outer) {
  const auto [at, fresh] = captured_.emplace(outer, ValueId::kNone);
  if (!fresh) return at->second;
  const Value& v = outer_->graph().value(outer);
  if (v.is_constant()) {
    at->second = graph().add_constant(v.constant, target_.unique(v.name));
    return at->second;
  }
  const ValueId inner = graph().add_input(target_.unique(v.name), v.type);
  graph().value(inner).contents = v.contents;
  captures.push_back({outer, inner});
  at->second = inner;
  return inner;
}

std::string Scope::plain_graph_name(const std::string& name) const {
  if (const auto at = renamed_.find(name); at != renamed_.end()) return at->second;
  return call_ != nullptr ? call_->prefix + name : name;
}

std::vector<ValueId> unite_captures(std::vector<ReadSubgraph>& subgraphs, const Graph& outer) {
  std::vector<ValueId> all;
  for (const ReadSubgraph& s : subgraphs) {
    for (const auto& c : s.captures) {
      if (std::ranges::find(all, c.outer) == all.end()) all.push_back(c.outer);
    }
  }
  for (ReadSubgraph& s : subgraphs) {
    Graph& graph = s.graph.graph;
    std::unordered_map<ValueId, ValueId> inner;
    for (const auto& c : s.captures) inner[c.outer] = c.inner;
    graph.inputs.resize(graph.inputs.size() - s.captures.size());
    for (const ValueId value : all) {
      if (const auto at = inner.find(value); at != inner.end()) {
        graph.inputs.push_back(at->second);
      } else {
        const Value& v = outer.value(value);
        const ValueId added = graph.add_input(s.graph.unique(v.name), v.type);
        graph.value(added).contents = v.contents;
      }
    }
  }
  return all;
}

}  // namespace onnxrun
