#include "engine/passes/activation.h"

#include <limits>

#include "engine/passes/match.h"

namespace onnxrun {
namespace {

std::optional<FusedActivation> clip(const Graph& graph, const Node& n) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto low = input(n, 1) == ValueId::kNone ? std::optional(-kInfinity) : scalar(graph, input(n, 1));
  const auto high = input(n, 2) == ValueId::kNone ? std::optional(kInfinity) : scalar(graph, input(n, 2));
  if (!low || !high) return std::nullopt;
  if (*low == 0 && *high >= std::numeric_limits<float>::max()) return FusedActivation{"Relu"};
  return FusedActivation{"Clip", static_cast<float>(*low), static_cast<float>(*high)};
}

std::optional<FusedActivation> of_microsoft(const Node& n) {
  if (n.op->name == "Gelu") return FusedActivation{"Gelu"};
  if (n.op->name == "QuickGelu") return FusedActivation{"Swish", n.attrs.f("alpha", 1.702f)};
  if (n.op->name == "FastGelu" && input(n, 1) == ValueId::kNone) return FusedActivation{"GeluTanh"};
  return std::nullopt;
}

}  // namespace

std::optional<FusedActivation> activation_of(const Graph& graph, NodeId id) {
  const Node& n = graph.node(id);
  if (n.inputs.empty() || !is_float(graph, n.inputs[0])) return std::nullopt;
  if (n.op->domain == kMicrosoft) return of_microsoft(n);
  if (n.op->domain != kOnnx) return std::nullopt;
  const std::string_view name = n.op->name;
  if (name == "Relu" || name == "Sigmoid" || name == "Tanh" || name == "HardSwish") return FusedActivation{std::string(name)};
  if (name == "LeakyRelu" || name == "Elu") return FusedActivation{std::string(name), n.attrs.f("alpha")};
  if (name == "Swish") return FusedActivation{"Swish", n.attrs.f("alpha", 1.0f)};
  if (name == "HardSigmoid") return FusedActivation{"HardSigmoid", n.attrs.f("alpha"), n.attrs.f("beta")};
  if (name == "Gelu") return FusedActivation{n.attrs.s("approximate", "none") == "tanh" ? "GeluTanh" : "Gelu"};
  if (name == "Clip") return clip(graph, n);
  if (name == "PRelu") {
    const auto slope = uniform(graph, input(n, 1));
    if (slope && same_shape(graph, n.inputs[0], output(n))) return FusedActivation{"LeakyRelu", static_cast<float>(*slope)};
  }
  return std::nullopt;
}

std::optional<FusedActivation> activation_after(const Graph& graph, ValueId v) {
  const NodeId reader = graph.sole_user(v);
  if (reader == NodeId::kNone || input(graph, reader, 0) != v) return std::nullopt;
  return activation_of(graph, reader);
}

bool is_linear(const Graph& graph, NodeId id) { return graph.node(id).attrs.s("activation", "").empty(); }

bool take_activation(Graph& graph, NodeId id) {
  const ValueId y = output(graph, id);
  const auto activation = activation_after(graph, y);
  if (!activation || !is_linear(graph, id)) return false;
  Attributes& attrs = graph.node(id).attrs;
  attrs.set("activation", activation->name);
  attrs.set("act_alpha", activation->alpha);
  attrs.set("act_beta", activation->beta);
  take_over(graph, id, graph.sole_user(y));
  return true;
}

}  // namespace onnxrun
