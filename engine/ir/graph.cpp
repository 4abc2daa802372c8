#include "engine/ir/graph.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/base/check.h"
#include "engine/ir/op_def.h"

namespace onnxrun {

Subgraph::Subgraph(std::string attribute, Graph g) : name(std::move(attribute)), graph(std::make_unique<Graph>(std::move(g))) {}
Subgraph::Subgraph(const Subgraph& other) : name(other.name), graph(std::make_unique<Graph>(*other.graph)) {}
Subgraph::Subgraph(Subgraph&&) noexcept = default;
Subgraph& Subgraph::operator=(Subgraph other) noexcept {
  name = std::move(other.name);
  graph = std::move(other.graph);
  return *this;
}
Subgraph::~Subgraph() = default;

std::optional<std::vector<Dim>> contents_of(const Tensor& t) {
  if (t.shape().size() > 1 || t.size() > static_cast<std::int64_t>(kMaxContents)) return std::nullopt;
  if (t.dtype() == DType::kInt64) return std::vector<Dim>(t.view<std::int64_t>().begin(), t.view<std::int64_t>().end());
  if (t.dtype() == DType::kInt32) return std::vector<Dim>(t.view<std::int32_t>().begin(), t.view<std::int32_t>().end());
  return std::nullopt;
}

Tensor known_constant(const Value& value) {
  const auto elements = value.contents ? known_shape(*value.contents) : std::nullopt;
  const auto shape = value.type.static_shape();
  if (!elements || !shape || element_count(*shape) != static_cast<std::int64_t>(elements->size())) return {};
  if (value.type.dtype == DType::kInt64) return Tensor::of<std::int64_t>(*shape, *elements);
  const bool fits = std::ranges::all_of(*elements, [](std::int64_t e) { return std::in_range<std::int32_t>(e); });
  if (value.type.dtype != DType::kInt32 || !fits) return {};
  return Tensor::of<std::int32_t>(*shape, std::vector<std::int32_t>(elements->begin(), elements->end()));
}

ValueId Graph::new_value(std::string name) {
  values_.emplace_back();
  values_.back().name = std::move(name);
  return static_cast<ValueId>(values_.size() - 1);
}

ValueId Graph::add_input(std::string name, Type type) {
  const ValueId id = new_value(std::move(name));
  value(id).type = std::move(type);
  inputs.push_back(id);
  reserve_symbols_of(value(id).type);
  return id;
}

// Symbols that another graph's fresh_symbol() made, and that came here by way of a file or a surrounding graph.
void Graph::reserve_symbols_of(const Type& type) {
  if (type.element) reserve_symbols_of(*type.element);
  if (!type.ranked()) return;
  for (const Dim& d : type.dims()) {
    if (d.known()) continue;
    d.substitute([&](std::string_view symbol) -> std::optional<Dim> {
      if (is_fresh_symbol(symbol) && symbol.size() < 11) reserve_symbols(std::stoi(std::string(symbol.substr(2))) + 1);
      return std::nullopt;
    });
  }
}

ValueId Graph::add_constant(Tensor tensor, std::string name) {
  const ValueId id = new_value(std::move(name));
  Value& v = value(id);
  v.type = Type::tensor(tensor.dtype(), dims_of(tensor.shape()));
  v.contents = contents_of(tensor);
  v.constant = std::move(tensor);
  return id;
}

NodeId Graph::add_node(const OpDef& op, std::vector<ValueId> in, Attributes attrs, int outputs, std::string name) {
  for (const AttributeSpec& spec : op.attributes) {
    if (spec.default_value && !attrs.has(spec.name)) attrs.set(spec.name, *spec.default_value);
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  Node n;
  n.op = &op;
  n.name = std::move(name);
  n.attrs = std::move(attrs);
  nodes_.push_back(std::move(n));
  for (const ValueId v : in) add_node_input(id, v);
  for (int i = 0; i < outputs; ++i) add_node_output(id);
  return id;
}

ValueId Graph::add_node_output(NodeId id, std::string name) {
  const ValueId v = new_value(std::move(name));
  value(v).producer = id;
  value(v).output = static_cast<int>(node(id).outputs.size());
  node(id).outputs.push_back(v);
  return v;
}

std::size_t Graph::live_nodes() const {
  return static_cast<std::size_t>(std::ranges::count_if(nodes_, [](const Node& n) { return n.live; }));
}

std::vector<NodeId> Graph::topological_order() const {
  enum class Mark : std::uint8_t { kNew, kOpen, kDone };
  std::vector<Mark> marks(nodes_.size(), Mark::kNew);
  std::vector<NodeId> order;
  order.reserve(nodes_.size());
  std::vector<std::pair<NodeId, std::size_t>> stack;  // node, next input to visit: deep graphs must not recurse
  for (std::size_t root = 0; root < nodes_.size(); ++root) {
    if (!nodes_[root].live || marks[root] != Mark::kNew) continue;
    stack.emplace_back(static_cast<NodeId>(root), 0);
    marks[root] = Mark::kOpen;
    while (!stack.empty()) {
      auto& [id, next] = stack.back();
      const Node& n = node(id);
      if (next == n.inputs.size()) {
        marks[index(id)] = Mark::kDone;
        order.push_back(id);
        stack.pop_back();
        continue;
      }
      const ValueId in = n.inputs[next++];
      if (in == ValueId::kNone || value(in).producer == NodeId::kNone) continue;
      const NodeId from = value(in).producer;
      require(marks[index(from)] != Mark::kOpen, "the graph has a cycle through node {} ({})", node(from).name, node(from).op->name);
      if (marks[index(from)] == Mark::kNew) {
        marks[index(from)] = Mark::kOpen;
        stack.emplace_back(from, 0);
      }
    }
  }
  return order;
}

bool Graph::is_output(ValueId id) const {
  return std::ranges::any_of(outputs, [&](const Output& o) { return o.value == id; });
}

bool Graph::is_input(ValueId id) const { return std::ranges::find(inputs, id) != inputs.end(); }

const Node* Graph::producer(ValueId id) const {
  if (id == ValueId::kNone || value(id).producer == NodeId::kNone) return nullptr;
  return &node(value(id).producer);
}

int Graph::use_count(ValueId id) const {
  const auto as_output = std::ranges::count_if(outputs, [&](const Output& o) { return o.value == id; });
  return static_cast<int>(value(id).uses.size() + static_cast<std::size_t>(as_output));
}

NodeId Graph::sole_user(ValueId id) const {
  return value(id).uses.size() == 1 && !is_output(id) ? value(id).uses[0].node : NodeId::kNone;
}

ValueId Graph::find_value(std::string_view wanted) const {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].live && values_[i].name == wanted) return static_cast<ValueId>(i);
  }
  return ValueId::kNone;
}

void Graph::remove_use(ValueId v, Use use) {
  if (v == ValueId::kNone) return;
  auto& uses = value(v).uses;
  const auto at = std::ranges::find(uses, use);
  assert(at != uses.end());
  uses.erase(at);
}

void Graph::set_input(NodeId id, int input, ValueId v) {
  ValueId& slot = node(id).inputs[static_cast<std::size_t>(input)];
  remove_use(slot, {id, input});
  slot = v;
  if (v != ValueId::kNone) value(v).uses.push_back({id, input});
}

void Graph::add_node_input(NodeId id, ValueId v) {
  node(id).inputs.push_back(ValueId::kNone);
  set_input(id, static_cast<int>(node(id).inputs.size()) - 1, v);
}

void Graph::drop_output(NodeId id, int output) {
  ValueId& slot = node(id).outputs[static_cast<std::size_t>(output)];
  if (slot == ValueId::kNone) return;
  assert(use_count(slot) == 0);
  value(slot).live = false;
  value(slot).name.clear();
  slot = ValueId::kNone;
  auto& outputs_of_node = node(id).outputs;
  while (outputs_of_node.size() > 1 && outputs_of_node.back() == ValueId::kNone) outputs_of_node.pop_back();
}

void Graph::resize_inputs(NodeId id, std::size_t count) {
  while (node(id).inputs.size() > count) {
    set_input(id, static_cast<int>(node(id).inputs.size()) - 1, ValueId::kNone);
    node(id).inputs.pop_back();
  }
  node(id).inputs.resize(count, ValueId::kNone);
}

void Graph::replace_uses(ValueId from, ValueId to) {
  if (from == to) return;
  const std::vector<Use> uses = value(from).uses;
  for (const Use& use : uses) set_input(use.node, use.input, to);
  for (Output& o : outputs) {
    if (o.value == from) o.value = to;
  }
}

void Graph::erase(NodeId id) {
  resize_inputs(id, 0);
  Node& n = node(id);
  for (const ValueId out : n.outputs) {
    if (out == ValueId::kNone) continue;
    assert(use_count(out) == 0);
    value(out).live = false;
    value(out).name.clear();
  }
  n.live = false;
  n.subgraphs.clear();
}

bool Graph::remove_dead() {
  std::vector<char> needed(values_.size(), 0);
  for (const Output& o : outputs) needed[index(o.value)] = 1;
  const auto order = topological_order();
  bool changed = false;
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    const Node& n = node(*it);
    const bool keep = std::ranges::any_of(n.outputs, [&](ValueId v) { return v != ValueId::kNone && needed[index(v)] != 0; });
    if (keep) {
      for (const ValueId v : n.inputs) {
        if (v != ValueId::kNone) needed[index(v)] = 1;
      }
    } else {
      erase(*it);
      changed = true;
    }
  }
  for (const ValueId v : inputs) needed[index(v)] = 1;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    Value& v = values_[i];
    if (!v.live || needed[i] || v.producer != NodeId::kNone) continue;
    v.live = false;
    v.constant = {};
    v.name.clear();
    changed = true;
  }
  return changed;
}

void Graph::compact() {
  const auto order = topological_order();
  std::vector<ValueId> moved(values_.size(), ValueId::kNone);
  std::vector<Value> values;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (!values_[i].live) continue;
    moved[i] = static_cast<ValueId>(values.size());
    values.push_back(std::move(values_[i]));
    values.back().uses.clear();
  }
  std::vector<Node> nodes;
  for (const NodeId id : order) {
    Node n = std::move(node(id));
    for (ValueId& v : n.inputs) v = v == ValueId::kNone ? v : moved[index(v)];
    for (ValueId& v : n.outputs) v = v == ValueId::kNone ? v : moved[index(v)];
    nodes.push_back(std::move(n));
  }
  values_ = std::move(values);
  nodes_ = std::move(nodes);
  for (ValueId& v : inputs) v = moved[index(v)];
  for (Output& o : outputs) o.value = moved[index(o.value)];
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (const ValueId v : nodes_[i].outputs) {
      if (v != ValueId::kNone) value(v).producer = static_cast<NodeId>(i);
    }
    for (std::size_t k = 0; k < nodes_[i].inputs.size(); ++k) {
      const ValueId v = nodes_[i].inputs[k];
      if (v != ValueId::kNone) value(v).uses.push_back({static_cast<NodeId>(i), static_cast<int>(k)});
    }
  }
}

Dim Graph::fresh_symbol() { return Dim::symbol(fmt::format("_s{}", next_symbol_++)); }

bool is_fresh_symbol(std::string_view symbol) {
  return symbol.size() > 2 && symbol.starts_with("_s") &&
         std::ranges::all_of(symbol.substr(2), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace onnxrun
