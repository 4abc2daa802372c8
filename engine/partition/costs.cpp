#include "engine/partition/costs.h"

#include <algorithm>

#include "engine/ir/flops.h"
#include "engine/ir/op_def.h"

namespace onnxrun {
namespace {

constexpr double kSymbol = 64;       // for sizes that only a run will tell
constexpr double kUnranked = 4096;   // elements of a value of which no shape is known
constexpr DeviceCosts kHost{.flops_per_us = 2e5, .bytes_per_us = 2e4};  // a handful of cores
constexpr double kHostStep = 0.5;    // what any step takes besides

double bytes_of(const Graph& graph, ValueId v) {
  if (v == ValueId::kNone) return 0;
  const Type& type = graph.value(v).type;
  double elements = type.ranked() ? 1 : kUnranked;
  if (type.ranked()) {
    for (const Dim& d : type.dims()) elements *= guessed_size(d, kSymbol);
  }
  return elements * dtype_bits(type.dtype) / 8;
}

}  // namespace

double time_on(const DeviceCosts& device, const Graph& graph, NodeId id, double cost) {
  const Node& n = graph.node(id);
  if (n.op->traits.view) return 0;
  double bytes = 0;
  for (const ValueId v : n.inputs) bytes += bytes_of(graph, v);
  for (const ValueId v : n.outputs) bytes += bytes_of(graph, v);
  return cost * std::max(node_flops(graph, n, kSymbol) / device.flops_per_us, bytes / device.bytes_per_us);
}

double time_on_host(const Graph& graph, NodeId id, double cost) {
  return graph.node(id).op->traits.view ? 0 : kHostStep + time_on(kHost, graph, id, cost);
}

double time_of_copy(const DeviceCosts& device, const Graph& graph, ValueId value) {
  return device.copy_us + bytes_of(graph, value) / device.copy_bytes_per_us;
}

}  // namespace onnxrun
