// What a convolution's output is multiplied by and added to, channel by channel, moves into its weights and bias.
//   %c = Conv(%x, %w, %b)  %y = BatchNormalization(%c, %scale, %shift, %mean, %var)     ->  %y = Conv(%x, %w2, %b2)
//   %c = Conv(%x, %w)      %y = Add(%c, const f32[C, 1, 1] ...)                         ->  %y = Conv(%x, %w, const f32[C] ...)
// w2 = w * a, b2 = b * a + (shift - mean * a), a = scale / sqrt(var + epsilon); the same for Mul, Div, Add and Sub with
// constants of one number per channel and for Neg, however many follow each other; Conv and ConvTranspose. Computed in double.
// Not when the convolution has other readers or is a graph output, its weights or bias aren't constants, or
// BatchNormalization is in training mode.
#include <algorithm>
#include <cmath>

#include "engine/passes/channels.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// The affine function that `reader` applies to the convolution's output.
std::optional<ChannelAffine> arithmetic_affine(const Graph& graph, ValueId conv_output, NodeId reader, std::int64_t channels) {
  const Node& n = graph.node(reader);
  const auto count = static_cast<std::size_t>(channels);
  if (is_op(n, "Neg")) return ChannelAffine{std::vector<double>(count, -1), std::vector<double>(count, 0)};
  const bool add = is_op(n, "Add"), sub = is_op(n, "Sub"), mul = is_op(n, "Mul"), div = is_op(n, "Div");
  if ((!add && !sub && !mul && !div) || !has_rank(graph, conv_output)) return std::nullopt;
  const bool first = n.inputs[0] == conv_output;
  const ValueId other = other_input(graph, reader, conv_output);
  const auto values = per_channel(graph, other, static_cast<int>(dims(graph, conv_output).size()), channels);
  if (!values || (div && !first)) return std::nullopt;
  ChannelAffine a{std::vector<double>(count, 1), std::vector<double>(count, 0)};
  for (std::size_t i = 0; i < values->size(); ++i) {
    const double v = (*values)[i];
    if (mul || div) a.scale[i] = mul ? v : 1 / v;
    if (add || sub) a.shift[i] = sub && first ? -v : v;
    if (sub && !first) a.scale[i] = -1;
    if (!std::isfinite(a.scale[i]) || !std::isfinite(a.shift[i])) return std::nullopt;
  }
  return a;
}

// Every weight times the factor of the output channel that it serves. Conv: [out, in / group, ...]; ConvTranspose:
// [in, out / group, ...], where the inputs of one group stand together.
Tensor scaled_weights(const Tensor& w, const std::vector<double>& scale, bool transposed_conv, std::int64_t group) {
  const Shape& shape = w.shape();
  const std::int64_t inner = shape[0] * shape[1] == 0 ? 0 : w.size() / (shape[0] * shape[1]);
  Tensor scaled = w.clone();
  with_number_type(w.dtype(), [&]<class T>() {
    T* element = scaled.view<T>().data();
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      for (std::int64_t j = 0; j < shape[1]; ++j) {
        const std::int64_t channel = transposed_conv ? i / (shape[0] / group) * shape[1] + j : i;
        const double factor = scale[static_cast<std::size_t>(channel)];
        for (std::int64_t k = 0; k < inner; ++k, ++element) *element = from_double<T>(to_double(*element) * factor);
      }
    }
  });
  return scaled;
}

bool absorb(Graph& graph, NodeId conv, NodeId reader) {
  const std::int64_t channels = output_channels(graph, conv);
  if (channels == 0) return false;
  auto affine = batch_norm_affine(graph, reader, channels);
  if (affine && input(graph, reader, 0) != output(graph, conv)) return false;
  if (!affine) affine = arithmetic_affine(graph, output(graph, conv), reader, channels);
  if (!affine || graph.value(output(graph, reader)).type.dtype != graph.value(output(graph, conv)).type.dtype) return false;

  std::vector<double> bias(static_cast<std::size_t>(channels), 0);
  if (const ValueId b = input(graph, conv, 2); b != ValueId::kNone) {
    const auto given = channel_vector(graph, b, channels);
    if (!given) return false;
    bias = *given;
  }
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = bias[i] * affine->scale[i] + affine->shift[i];

  const Tensor& w = *constant(graph, input(graph, conv, 1));
  const DType dtype = w.dtype();
  const bool keep_weights = std::ranges::all_of(affine->scale, [](double s) { return s == 1; });
  if (!keep_weights) {
    const std::int64_t group = graph.node(conv).attrs.i("group");
    Tensor scaled = scaled_weights(w, affine->scale, is_op(graph, conv, "ConvTranspose"), group);
    graph.set_input(conv, 1, graph.add_constant(std::move(scaled)));
  }
  const ValueId b = graph.add_constant(tensor_of(dtype, {channels}, bias));
  if (graph.node(conv).inputs.size() < 3) graph.resize_inputs(conv, 3);
  graph.set_input(conv, 2, b);
  take_over(graph, conv, reader);
  return true;
}

}  // namespace

bool fuse_conv_bn(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!graph.node(id).live || !is_convolution(graph, id)) continue;
    for (NodeId reader = only_reader(graph, id); reader != NodeId::kNone; reader = only_reader(graph, id)) {
      if (!absorb(graph, id, reader)) break;
      changed = true;
    }
  }
  return changed;
}

}  // namespace onnxrun
