#include "engine/passes/channels.h"

#include <cmath>

#include "engine/passes/match.h"

namespace onnxrun {

bool is_convolution(const Graph& graph, NodeId id) {
  return (is_op(graph, id, "Conv") || is_op(graph, id, "ConvTranspose")) && is_float(graph, input(graph, id, 0));
}

std::int64_t output_channels(const Graph& graph, NodeId id) {
  const Tensor* w = constant(graph, input(graph, id, 1));
  if (w == nullptr || w->shape().size() < 3) return 0;
  return is_op(graph, id, "Conv") ? w->shape()[0] : w->shape()[1] * graph.node(id).attrs.i("group");
}

std::optional<std::vector<double>> per_channel(const Graph& graph, ValueId v, int rank, std::int64_t channels) {
  const Tensor* t = constant(graph, v);
  if (t == nullptr || static_cast<int>(t->shape().size()) > rank || channels < 1) return std::nullopt;
  const int missing = rank - static_cast<int>(t->shape().size());
  for (int i = missing; i < rank; ++i) {
    const std::int64_t size = t->shape()[static_cast<std::size_t>(i - missing)];
    if (size != 1 && (i != 1 || size != channels)) return std::nullopt;
  }
  auto values = numbers(*t);
  if (values.empty()) return std::nullopt;
  if (values.size() == 1) values.resize(static_cast<std::size_t>(channels), values[0]);
  return values;
}

std::optional<std::vector<double>> channel_vector(const Graph& graph, ValueId v, std::int64_t channels) {
  const Tensor* t = constant(graph, v);
  if (t == nullptr || t->shape() != Shape{channels}) return std::nullopt;
  auto values = numbers(*t);
  return values.empty() ? std::nullopt : std::optional(std::move(values));
}

std::optional<ChannelAffine> batch_norm_affine(const Graph& graph, NodeId id, std::int64_t channels) {
  const Node& n = graph.node(id);
  if (!is_op(n, "BatchNormalization") || n.attrs.i("training_mode", 0) != 0 || !is_float(graph, input(n, 0))) return std::nullopt;
  const Tensor* given = constant(graph, input(n, 1));
  if (given == nullptr) return std::nullopt;
  if (channels == 0) channels = given->size();
  const auto scale = channel_vector(graph, input(n, 1), channels), shift = channel_vector(graph, input(n, 2), channels);
  const auto mean = channel_vector(graph, input(n, 3), channels), variance = channel_vector(graph, input(n, 4), channels);
  if (!scale || !shift || !mean || !variance) return std::nullopt;
  ChannelAffine a{*scale, *shift};
  const double epsilon = n.attrs.f("epsilon");
  for (std::size_t i = 0; i < a.scale.size(); ++i) {
    a.scale[i] /= std::sqrt((*variance)[i] + epsilon);
    a.shift[i] -= (*mean)[i] * a.scale[i];
    if (!std::isfinite(a.scale[i]) || !std::isfinite(a.shift[i])) return std::nullopt;
  }
  return a;
}

}  // namespace onnxrun
