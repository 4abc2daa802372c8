// Whether a batch may be run in parts: item i of every output depends on item i of every input only.
//
// In a network of convolutions the activations of a large batch leave the cache between one layer and the next; a part of the batch that
// stays inside it runs faster (ResNet50, batch 16: 10 to 15 %), in less memory, and with one plan for many batch sizes.
#pragma once

#include <cstdint>

#include "engine/ir/graph.h"

namespace onnxrun {

// Bytes of the largest activation of one item, when every input, activation and output is [N, known sizes...] with one symbol N, and
// every node keeps the items apart; else 0. Also 0 where the weights of matrix products, which every part reads anew, are too large.
std::int64_t bytes_of_independent_items(const Graph& graph);

// Most items in a part: as many as keep two of the largest activations (`item_bytes` an item) in a cache of 24 MB, but one for each thread.
std::int64_t most_items_per_part(std::int64_t item_bytes, int threads);
// Items per part for a batch of `items`, which is `items` when they make one part. Equal parts where possible: they share a plan.
std::int64_t items_per_part(std::int64_t items, std::int64_t item_bytes, int threads);

}  // namespace onnxrun
