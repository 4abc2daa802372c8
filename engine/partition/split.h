// Sharing a graph's nodes out between the host and one device.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "engine/backend/device.h"
#include "engine/ir/graph.h"

namespace onnxrun {

// Times of one node, in microseconds; kCannot where it can't run.
struct Offer {
  static constexpr double kCannot = std::numeric_limits<double>::infinity();
  double host = kCannot;
  double device = kCannot;
};

// By NodeId: whether the node goes to the device, so that the times of all nodes and of the copies between them are least. `offers` are by
// NodeId, `settled` by ValueId (partition/settled.h).
std::vector<bool> cheapest_split(const Graph& graph, std::span<const Offer> offers, const std::vector<bool>& settled, const DeviceCosts& device);

// How much more time copies would take if this node, which is on the host, went to the device alone.
double time_of_copies_for(const Graph& graph, NodeId node, std::vector<bool> on_device, const std::vector<bool>& settled, const DeviceCosts& device);

}  // namespace onnxrun
