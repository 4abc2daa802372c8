#include "engine/partition/split.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/partition/costs.h"
#include "engine/partition/min_cut.h"

namespace onnxrun {
namespace {

constexpr double kMostTime = 1e9;  // microseconds; sums of many more still are less than never

std::int64_t capacity(double microseconds) {
  return std::isinf(microseconds) ? MinCut::kNever : std::llround(1000 * std::min(microseconds, kMostTime));
}

// The network: the source's side is the host, the sink's the device.
class Network {
 public:
  Network(const Graph& graph, std::span<const Offer> offers, const DeviceCosts& device)
      : graph_(graph), device_(device), vertices_(offers.size(), MinCut::kSource) {
    for (std::size_t i = 0; i < offers.size(); ++i) {
      if (std::isinf(offers[i].device)) continue;
      vertices_[i] = cut_.add_vertex();
      cut_.add_edge(MinCut::kSource, vertices_[i], capacity(offers[i].device));
      cut_.add_edge(vertices_[i], MinCut::kSink, capacity(offers[i].host));
    }
  }

  // One copy serves all readers in a memory. It is made when the value's maker and some reader are on different sides: vertices that
  // stand for "a reader on the device" and "a reader on the host" are tied to their readers by edges that must not be cut.
  void add_value(ValueId v) {
    const NodeId producer = graph_.value(v).producer;
    const MinCut::Vertex maker = producer == NodeId::kNone ? MinCut::kSource : vertices_[index(producer)];
    std::set<MinCut::Vertex> readers;
    for (const Use& use : graph_.value(v).uses) readers.insert(vertices_[index(use.node)]);
    if (graph_.is_output(v)) readers.insert(MinCut::kSource);
    readers.erase(maker);
    if (readers.empty()) return;
    const std::int64_t copy = capacity(time_of_copy(device_, graph_, v));
    const MinCut::Vertex there = cut_.add_vertex();
    cut_.add_edge(maker, there, copy);
    for (const MinCut::Vertex r : readers) {
      if (r != MinCut::kSource) cut_.add_edge(there, r, MinCut::kNever);
    }
    if (maker == MinCut::kSource) return;
    const MinCut::Vertex back = cut_.add_vertex();
    for (const MinCut::Vertex r : readers) cut_.add_edge(r, back, MinCut::kNever);
    cut_.add_edge(back, maker, copy);
  }

  std::vector<bool> solve() {
    const std::vector<bool> side = cut_.sink_side();
    std::vector<bool> on_device(vertices_.size());
    for (std::size_t i = 0; i < vertices_.size(); ++i) on_device[i] = side[vertices_[i]];
    return on_device;
  }

 private:
  const Graph& graph_;
  const DeviceCosts& device_;
  MinCut cut_;
  std::vector<MinCut::Vertex> vertices_;  // by NodeId; the source where the device can't
};

bool crosses(const Graph& graph, ValueId v, const std::vector<bool>& on_device) {
  const Value& value = graph.value(v);
  const bool from_device = value.producer != NodeId::kNone && on_device[index(value.producer)];
  return std::ranges::any_of(value.uses, [&](const Use& use) { return on_device[index(use.node)] != from_device; }) ||
         (from_device && graph.is_output(v));
}

}  // namespace

std::vector<bool> cheapest_split(const Graph& graph, std::span<const Offer> offers, const std::vector<bool>& settled, const DeviceCosts& device) {
  Network network(graph, offers, device);
  for (std::size_t i = 0; i < settled.size(); ++i) {
    if (graph.value(static_cast<ValueId>(i)).live && !settled[i]) network.add_value(static_cast<ValueId>(i));
  }
  return network.solve();
}

double time_of_copies_for(const Graph& graph, NodeId node, std::vector<bool> on_device, const std::vector<bool>& settled, const DeviceCosts& device) {
  std::set<ValueId> values;
  for (const auto* list : {&graph.node(node).inputs, &graph.node(node).outputs}) {
    for (const ValueId v : *list) {
      if (v != ValueId::kNone && !settled[index(v)]) values.insert(v);
    }
  }
  double more = 0;
  for (const bool there : {false, true}) {
    on_device[index(node)] = there;
    for (const ValueId v : values) {
      if (crosses(graph, v, on_device)) more += (there ? 1 : -1) * time_of_copy(device, graph, v);
    }
  }
  return more;
}

}  // namespace onnxrun
