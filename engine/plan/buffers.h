// Where every value of a plan lies: views, in-place results, the caller's outputs, and an arena of each memory for the rest.
#pragma once

#include "engine/plan/plan.h"

namespace onnxrun {

// Whether `node` only shows its input under another type: it needs no kernel and its output no memory.
bool is_view(const Graph& graph, NodeId node);

// Fills plan.slots, plan.outputs' copy flags, the steps' scratch offsets and plan.arenas. Expects plan.graph, plan.shapes,
// the slots' views, with the memory of inputs, the steps with their kernels and memories, plan.outputs and plan.rest_inputs. `views` are the
// nodes without a step, in topological order; `memories` say where the outputs are wanted.
void place_values(Plan& plan, const std::vector<NodeId>& views, const Memories& memories);

}  // namespace onnxrun
