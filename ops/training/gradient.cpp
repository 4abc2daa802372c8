// ai.onnx.preview.training Gradient(values of xs..., values of zs...): the partial derivatives of the value called `y` with respect to those
// called `xs`, as a function of these and those called `zs`, at the inputs' values; that of the sum of y's elements, when it has several.
// Replaced at import by the nodes that compute it backwards (reverse mode); the forward part is computed again only if an input is not the
// value of that name. Version 1 alone.
#include <algorithm>
#include <map>
#include <set>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/ir/upgrade.h"
#include "ops/training/gradient_rules.h"

namespace onnxrun {
namespace {

ValueId named(const Graph& graph, const std::string& name) {
  const ValueId v = graph.find_value(name);
  require(v != ValueId::kNone, "no value before it is called '{}'", name);
  return v;
}

// The nodes that lead from the values `from`, which count as independent, to `y`, in order.
std::vector<NodeId> nodes_between(const Graph& graph, const std::map<ValueId, ValueId>& from, ValueId y) {
  std::set<ValueId> dependent;
  std::vector<NodeId> after, path;
  if (from.contains(y)) return path;
  for (const auto& [v, replacement] : from) dependent.insert(v);
  for (const NodeId id : graph.topological_order()) {
    const Node& n = graph.node(id);
    if (std::ranges::none_of(n.inputs, [&](ValueId v) { return dependent.contains(v); })) continue;
    after.push_back(id);
    dependent.insert(n.outputs.begin(), n.outputs.end());
    dependent.erase(ValueId::kNone);
  }
  std::set<ValueId> needed = {y};
  for (auto id = after.rbegin(); id != after.rend(); ++id) {
    const Node& n = graph.node(*id);
    const auto leads = [&](ValueId v) { return needed.contains(v) && !from.contains(v); };
    if (std::ranges::none_of(n.outputs, leads)) continue;
    path.insert(path.begin(), *id);
    needed.insert(n.inputs.begin(), n.inputs.end());
    needed.erase(ValueId::kNone);
  }
  return path;
}

// Adds copies of the nodes that read `replaced[v]` instead of v, and enters their outputs there.
std::vector<NodeId> copied(Graph& graph, const std::vector<NodeId>& path, std::map<ValueId, ValueId>& replaced) {
  std::vector<NodeId> copies;
  for (const NodeId id : path) {
    const Node n = graph.node(id);  // a copy: the graph grows
    require(ErrorCode::kUnsupported, n.subgraphs.empty(), "there is no rule for the gradient of {}", node_label(graph, id));
    std::vector<ValueId> inputs = n.inputs;
    for (ValueId& v : inputs) {
      if (const auto at = replaced.find(v); at != replaced.end()) v = at->second;
    }
    copies.push_back(graph.add_node(*n.op, std::move(inputs), n.attrs, static_cast<int>(n.outputs.size())));
    infer_node(graph, copies.back());
    for (std::size_t i = 0; i < n.outputs.size(); ++i) {
      if (n.outputs[i] != ValueId::kNone) replaced.emplace(n.outputs[i], graph.node(copies.back()).outputs[i]);
    }
  }
  return copies;
}

// The gradients of y by value, for everything on the way.
std::map<ValueId, ValueId> differentiate(Graph& graph, const std::vector<NodeId>& path, ValueId y) {
  std::map<ValueId, ValueId> gradients = {{y, gradients::filled_like(graph, 1, y)}};
  for (auto id = path.rbegin(); id != path.rend(); ++id) {
    const Node n = graph.node(*id);  // a copy: the graph grows
    for (std::size_t i = 1; i < n.outputs.size(); ++i) {
      require(ErrorCode::kUnsupported, !gradients.contains(n.outputs[i]), "there is no rule for the gradient of output {} of {}", i,
              node_label(graph, *id));
    }
    const auto mine = gradients.find(n.outputs[0]);
    if (mine == gradients.end()) continue;
    const std::vector<ValueId> parts = gradients::of_inputs(graph, *id, mine->second);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] == ValueId::kNone) continue;
      const auto [at, fresh] = gradients.emplace(n.inputs[i], parts[i]);
      if (!fresh) at->second = build(graph, "Add", {at->second, parts[i]});
    }
  }
  return gradients;
}

void upgrade(UpgradeContext& ctx) {
  Graph& graph = ctx.graph();
  const Strings xs = ctx.attrs().strings("xs");
  Strings names = xs;
  if (ctx.attrs().has("zs")) names.insert(names.end(), ctx.attrs().strings("zs").begin(), ctx.attrs().strings("zs").end());
  const std::vector<ValueId> given = ctx.node().inputs;
  require(given.size() == names.size(), "has {} inputs for {} names in xs and zs", given.size(), names.size());
  require(ctx.node().outputs.size() <= xs.size(), "has {} outputs for {} names in xs", ctx.node().outputs.size(), xs.size());

  ValueId y = named(graph, ctx.attrs().s("y"));
  std::vector<ValueId> independent;
  std::map<ValueId, ValueId> replaced;
  bool as_named = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    independent.push_back(named(graph, names[i]));
    require(replaced.emplace(independent[i], given[i]).second, "'{}' is listed twice", names[i]);
    as_named &= independent[i] == given[i];
  }
  std::vector<NodeId> path = nodes_between(graph, replaced, y);
  if (!as_named) {
    // One input may stand for two names: each gets a value of its own.
    for (auto& [name, input] : replaced) input = build(graph, "Identity", {input});
    path = copied(graph, path, replaced);
    if (const auto at = replaced.find(y); at != replaced.end()) y = at->second;
  }
  const std::map<ValueId, ValueId> gradients = differentiate(graph, path, y);
  std::vector<ValueId> results;
  for (std::size_t i = 0; i < ctx.node().outputs.size(); ++i) {
    const ValueId x = replaced.at(independent[i]);
    const auto at = gradients.find(x);
    results.push_back(at == gradients.end() ? gradients::filled_like(graph, 0, x) : at->second);
  }
  ctx.replace_with(results);
}

}  // namespace

std::span<const OpDef> gradient_ops() {
  static const OpDef defs[] = {{.name = "Gradient", .domain = "ai.onnx.preview.training", .inputs = {1, kVariadic}, .outputs = {1, kVariadic},
                                .attributes = {{"xs", std::nullopt, true}, {"zs"}, {"y", std::nullopt, true}}, .upgrade = upgrade}};
  return defs;
}

}  // namespace onnxrun
