#include "engine/partition/borders.h"

#include <map>

#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"

namespace onnxrun {
namespace {

class Borders {
 public:
  Borders(Graph& graph, std::vector<Assignment>& nodes) : graph_(graph), nodes_(nodes) {}

  void add(ValueId v) {
    const NodeId producer = graph_.value(v).producer;
    const Backend* from = producer == NodeId::kNone ? nullptr : device_backend(producer);
    const std::vector<Use> uses = graph_.value(v).uses;
    for (const Use& use : uses) {
      const Backend* to = device_backend(use.node);
      if (to != from) graph_.set_input(use.node, use.input, copy(v, from, to));
    }
    if (from == nullptr || !graph_.is_output(v)) return;
    const ValueId here = copy(v, from, nullptr);
    for (Graph::Output& o : graph_.outputs) {
      if (o.value == v) o.value = here;
    }
  }

 private:
  // null: the host.
  const Backend* device_backend(NodeId node) const {
    const Backend* backend = nodes_[index(node)].backend;
    return device_of(*backend) == nullptr ? nullptr : backend;
  }

  ValueId copy(ValueId v, const Backend* from, const Backend* to) {
    if (from != nullptr && to != nullptr) return copy(copy(v, from, nullptr), nullptr, to);
    const auto [at, fresh] = copies_.try_emplace({v, to}, ValueId::kNone);
    if (!fresh) return at->second;
    Attributes attrs;
    attrs.set("to", to == nullptr ? std::string(kHostMemory) : to->traits().device);
    at->second = build(graph_, op("Copy", kInternal), {v}, std::move(attrs), graph_.value(v).name);
    nodes_.resize(graph_.node_capacity());
    nodes_[index(graph_.value(at->second).producer)].backend = to == nullptr ? from : to;
    return at->second;
  }

  Graph& graph_;
  std::vector<Assignment>& nodes_;
  std::map<std::pair<ValueId, const Backend*>, ValueId> copies_;  // of a value in the host's memory (null) or a device's
};

}  // namespace

void remove_copies(Graph& graph) {
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.node(id).live || !is_copy(graph.node(id))) continue;
    graph.replace_uses(graph.node(id).outputs[0], graph.node(id).inputs[0]);
    graph.erase(id);
  }
}

void add_copies(Graph& graph, std::vector<Assignment>& nodes, const std::vector<bool>& settled) {
  Borders borders(graph, nodes);
  for (std::size_t i = 0; i < settled.size(); ++i) {
    const auto v = static_cast<ValueId>(i);
    if (!graph.value(v).live) continue;
    const NodeId producer = graph.value(v).producer;
    const bool on_host = producer == NodeId::kNone || device_of(*nodes[index(producer)].backend) == nullptr;
    if (!(settled[i] && on_host)) borders.add(v);
  }
}

}  // namespace onnxrun
