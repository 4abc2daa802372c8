#include "engine/import/node_order.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_map>

#include "engine/base/check.h"

namespace onnxrun {
namespace {

using NameSet = std::unordered_set<std::string_view>;

void add_free_names(const onnx::GraphProto& graph, NameSet& out);

// Names that `node` reads: its inputs, and what its subgraphs take from around it.
void add_reads(const onnx::NodeProto& node, NameSet& out) {
  for (const std::string& name : node.input()) {
    if (!name.empty()) out.insert(name);
  }
  for (const onnx::AttributeProto& a : node.attribute()) {
    if (a.has_g()) add_free_names(a.g(), out);
    for (const onnx::GraphProto& g : a.graphs()) add_free_names(g, out);
  }
}

void add_free_names(const onnx::GraphProto& graph, NameSet& out) {
  NameSet bound, read;
  for (const auto& input : graph.input()) bound.insert(input.name());
  for (const auto& tensor : graph.initializer()) bound.insert(tensor.name());
  for (const auto& tensor : graph.sparse_initializer()) bound.insert(tensor.values().name());
  for (const auto& node : graph.node()) {
    bound.insert(node.output().begin(), node.output().end());
    add_reads(node, read);
  }
  for (const auto& output : graph.output()) read.insert(output.name());
  for (const std::string_view name : read) {
    if (!bound.contains(name)) out.insert(name);
  }
}

// Smallest index first among the nodes whose inputs are made.
std::vector<int> sorted(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes, const std::vector<std::vector<int>>& makers) {
  std::vector<std::vector<int>> readers(makers.size());
  std::vector<std::size_t> waiting(makers.size());
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (std::size_t i = 0; i < makers.size(); ++i) {
    waiting[i] = makers[i].size();
    for (const int j : makers[i]) readers[static_cast<std::size_t>(j)].push_back(static_cast<int>(i));
    if (waiting[i] == 0) ready.push(static_cast<int>(i));
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int i = ready.top();
    ready.pop();
    order.push_back(i);
    for (const int k : readers[static_cast<std::size_t>(i)]) {
      if (--waiting[static_cast<std::size_t>(k)] == 0) ready.push(k);
    }
  }
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    require(waiting[i] == 0, "{} needs its own output, directly or through other nodes: the graph has a cycle",
            node_label(nodes[static_cast<int>(i)]));
  }
  return order;
}

}  // namespace

std::string printable(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

std::string node_label(const onnx::NodeProto& node) {
  const std::string op = node.domain().empty() ? node.op_type() : node.domain() + "." + node.op_type();
  if (!node.name().empty()) return printable(fmt::format("{} node {}", op, node.name()));
  return printable(node.output().empty() ? fmt::format("a {} node", op) : fmt::format("{} node making {}", op, node.output(0)));
}

NodeOrder order_nodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes) {
  std::unordered_map<std::string_view, int> made_by;
  for (int i = 0; i < nodes.size(); ++i) {
    for (const std::string& name : nodes[i].output()) {
      if (name.empty()) continue;
      const auto [at, fresh] = made_by.emplace(name, i);
      require(fresh, "value {} is made twice: by {} and by {}", name, node_label(nodes[at->second]), node_label(nodes[i]));
    }
  }
  NodeOrder result;
  std::vector<std::vector<int>> makers(static_cast<std::size_t>(nodes.size()));
  bool in_order = true;
  for (int i = 0; i < nodes.size(); ++i) {
    NameSet read;
    add_reads(nodes[i], read);
    for (const std::string_view name : read) {
      const auto maker = made_by.find(name);
      if (maker == made_by.end()) continue;
      makers[static_cast<std::size_t>(i)].push_back(maker->second);
      in_order &= maker->second < i;
    }
    result.read.merge(read);
  }
  if (!in_order) {
    result.order = sorted(nodes, makers);
    return result;
  }
  for (int i = 0; i < nodes.size(); ++i) result.order.push_back(i);
  return result;
}

}  // namespace onnxrun
