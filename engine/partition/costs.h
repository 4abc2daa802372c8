// Estimates of time, in microseconds, for sharing nodes out between the host and devices. Symbols stand for a middling size.
#pragma once

#include "engine/backend/device.h"
#include "engine/ir/graph.h"

namespace onnxrun {

// Of a node's arithmetic, or of reading and writing its values, whichever takes longer, for a kernel whose claim says `cost`.
double time_on_host(const Graph& graph, NodeId node, double cost);
double time_on(const DeviceCosts& device, const Graph& graph, NodeId node, double cost);
// Of one copy of the value between the host and the device.
double time_of_copy(const DeviceCosts& device, const Graph& graph, ValueId value);

}  // namespace onnxrun
