// Activation functions of a graph, as onnxrun.FusedConv and onnxrun.FusedMatMul take them (see ir/activation.h).
#pragma once

#include <optional>
#include <string>

#include "engine/ir/graph.h"

namespace onnxrun {

struct FusedActivation {
  std::string name;  // "Relu"
  float alpha = 0, beta = 0;
};

// The activation that `id` applies to its input 0, when it is one of them with constant parameters.
std::optional<FusedActivation> activation_of(const Graph& graph, NodeId id);
// The same, when `id` is the only reader of `v` and reads it as input 0.
std::optional<FusedActivation> activation_after(const Graph& graph, ValueId v);
// Whether the fused node `id` has no activation yet.
bool is_linear(const Graph& graph, NodeId id);
// Sets the activation of the fused node `id` from its only reader, which goes. False when there is none to take.
bool take_activation(Graph& graph, NodeId id);

}  // namespace onnxrun
