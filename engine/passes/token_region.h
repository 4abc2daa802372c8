// The part of a transformer encoder that works on each token by itself, and may leave out the rows [b, s] of padding.
#pragma once

#include <optional>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

struct TokenRegion {
  ValueId mask;               // [B, S], an input of the graph
  std::vector<NodeId> nodes;  // in topological order: their outputs [B, S, ...] are wanted only in rows of tokens and of every item's first position
};

// nullopt where no Attention has such a mask, or somebody may see what is in the rows of padding.
std::optional<TokenRegion> find_token_region(const Graph& graph);

// How an operand of a node of the region meets the rows of its output.
enum class RowOperand {
  kAlike,      // the same for all rows
  kRow,        // [B, S, ...]: each row has its own
  kPosition,   // [S, N] or [1, S, N]: a row for each position, the same for all items
  kUnfit,
};
RowOperand row_operand(const Graph& graph, ValueId mask, const Node& node, int input);

}  // namespace onnxrun
