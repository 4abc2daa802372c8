// Partition: which backend runs each node, and why not the others.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/backend/device.h"
#include "engine/ir/graph.h"

namespace onnxrun {

struct Assignment {
  const Backend* backend = nullptr;
  std::string note;  // the backend's remark on its claim
  struct Refusal {
    const Backend* backend;
    std::string reason;
  };
  std::vector<Refusal> refusals;  // of the backends that stand before it in the order, in that order
};

struct Partitions {
  std::vector<Assignment> nodes;  // by NodeId; erased nodes have no backend
  // Of the subgraphs of node i, in the order of Node::subgraphs; empty for most nodes.
  std::vector<std::vector<Partitions>> subgraphs;
};

// How nodes that both the host and a device can run are shared out.
enum class Share {
  kByCosts,  // by times and copies, whatever the order
  kByOrder,  // as between two backends of the host
};

// Asks every backend, in order of preference, for every node, and takes the cheapest yes; the order decides between equals. A node
// that nobody takes is Error(kUnsupported), all such nodes in one message with every reason. Between a backend of a device and the host,
// `share` decides; onnxrun.Copy nodes are put into the graph where values cross, one for each value and memory, and those that were there
// before go. What a plan knows anyhow (partition/settled.h) crosses nowhere. A graph's inputs and outputs are in the host's memory.
Partitions partition(Graph& graph, std::span<const Backend* const> backends, Share share = Share::kByCosts, Math math = Math::kDefault);

// The memory that a node reads or writes when this backend runs it; null: the host's.
Device* reads_from(const Node& node, const Backend& backend);
Device* writes_to(const Node& node, const Backend& backend);

// The backends for a session: those named, in that order, then `reference`; or all present ones when none is named. Unknown or
// absent names are Error(kBackendMissing) with the reason.
std::vector<const Backend*> select_backends(std::span<const std::string> names);

}  // namespace onnxrun
