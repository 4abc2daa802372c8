// Folding at specialisation: with concrete shapes, shape arithmetic is constant.
#pragma once

#include <span>

#include "engine/base/tensor_view.h"
#include "engine/ir/graph.h"

namespace onnxrun {

// Gives the graph's inputs their concrete shapes (and turns those marked in `as_constant` into constants), infers everything anew,
// and replaces by constants what is then known: integer contents, and small results of constant inputs. Dead nodes go; ids stay.
void bind_shapes(Graph& graph, std::span<const TensorView> inputs, const std::vector<bool>& as_constant);

}  // namespace onnxrun
