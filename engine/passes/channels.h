// Convolutions and constants of one number per channel.
#pragma once

#include <optional>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

// Whether it is a Conv or ConvTranspose of floats.
bool is_convolution(const Graph& graph, NodeId id);
// The number of output channels of a convolution with constant weights; 0 when they aren't.
std::int64_t output_channels(const Graph& graph, NodeId convolution);

// One number per channel, when the constant `v` has that form next to a tensor of shape [N, channels, ...] of rank `rank`:
// [channels, 1, ...] with leading ones at will, or a single number. nullopt otherwise.
std::optional<std::vector<double>> per_channel(const Graph& graph, ValueId v, int rank, std::int64_t channels);
// The numbers of a 1-D constant of `channels` elements.
std::optional<std::vector<double>> channel_vector(const Graph& graph, ValueId v, std::int64_t channels);

// y = scale * x + shift, for each channel.
struct ChannelAffine {
  std::vector<double> scale, shift;
};
// What BatchNormalization in inference mode does, when its parameters are constants; `channels` is 0 when not known yet.
std::optional<ChannelAffine> batch_norm_affine(const Graph& graph, NodeId id, std::int64_t channels = 0);

}  // namespace onnxrun
