#include "backends/cpu/reduce_loops.h"
#include "engine/ir/axis_split.h"

#include "engine/backend/known_ints.h"

namespace onnxrun::cpu {

ReduceLoops reduce_loops(const Shape& shape, const std::vector<bool>& mask) {
  struct Run {
    std::int64_t count;
    bool reduced;
  };
  std::vector<Run> runs;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) continue;
    if (!runs.empty() && runs.back().reduced == mask[d]) {
      runs.back().count *= shape[d];
    } else {
      runs.push_back({shape[d], mask[d]});
    }
  }
  if (runs.empty()) runs.push_back({1, false});
  ReduceLoops loops;
  std::int64_t stride = 1;
  for (std::size_t i = runs.size(); i-- > 0;) {
    const Run& run = runs[i];
    (run.reduced ? loops.reduced : loops.kept) *= run.count;
    if (i + 1 == runs.size()) {
      loops.inner = run.count;
      loops.inner_reduced = run.reduced;
    } else {
      auto& counts = run.reduced ? loops.reduced_counts : loops.kept_counts;
      auto& strides = run.reduced ? loops.reduced_strides : loops.kept_strides;
      counts.insert(counts.begin(), run.count);
      strides.insert(strides.begin(), stride);
    }
    stride *= run.count;
  }
  return loops;
}

std::vector<bool> reduced_mask(const NodeView& node) {
  const int rank = node.in(0).rank();
  const auto axes = known_ints(node, 1).value_or(std::vector<std::int64_t>{});
  const bool all = axes.empty() && node.attrs().i("noop_with_empty_axes", 0) == 0;
  std::vector<bool> mask(static_cast<std::size_t>(rank), all);
  for (const std::int64_t axis : axes) mask[static_cast<std::size_t>(axis_of(axis, rank))] = true;
  return mask;
}

}  // namespace onnxrun::cpu
