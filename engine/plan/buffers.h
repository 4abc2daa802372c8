// Where every value of a plan lies: views, in-place results, the caller's outputs, and the arena for the rest.
#pragma once

#include "engine/plan/plan.h"

namespace onnxrun {

// Whether `node` only shows its input under another type: it needs no kernel and its output no memory.
bool is_view(const Graph& graph, NodeId node);

// Fills plan.slots, plan.outputs' copy flags, the steps' scratch offsets and plan.arena_bytes. Expects plan.graph, plan.shapes,
// the slots' views, the steps with their kernels, plan.outputs and plan.rest_inputs. `views` are the
// nodes without a step, in topological order.
void place_values(Plan& plan, const std::vector<NodeId>& views);

}  // namespace onnxrun
