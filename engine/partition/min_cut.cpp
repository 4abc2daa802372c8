#include "engine/partition/min_cut.h"

#include <algorithm>

namespace onnxrun {

MinCut::Vertex MinCut::add_vertex() {
  out_.emplace_back();
  return out_.size() - 1;
}

void MinCut::add_edge(Vertex from, Vertex to, std::int64_t capacity) {
  out_[from].push_back(edges_.size());
  edges_.push_back({to, capacity});
  out_[to].push_back(edges_.size());
  edges_.push_back({from, 0});
}

// Distances from the source along edges with capacity left.
bool MinCut::find_levels() {
  level_.assign(out_.size(), -1);
  level_[kSource] = 0;
  std::vector<Vertex> queue = {kSource};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const std::size_t e : out_[queue[i]]) {
      if (edges_[e].left <= 0 || level_[edges_[e].to] >= 0) continue;
      level_[edges_[e].to] = level_[queue[i]] + 1;
      queue.push_back(edges_[e].to);
    }
  }
  return level_[kSink] >= 0;
}

// A blocking flow: paths that rise one level at a time, until none is left.
void MinCut::push_flow() {
  std::vector<std::size_t> next(out_.size(), 0), path;  // path: edges from the source
  for (;;) {
    const Vertex at = path.empty() ? kSource : edges_[path.back()].to;
    if (at == kSink) {
      std::int64_t flow = kNever;
      for (const std::size_t e : path) flow = std::min(flow, edges_[e].left);
      for (const std::size_t e : path) {
        edges_[e].left -= flow;
        edges_[e ^ 1].left += flow;
      }
      const auto full = std::ranges::find_if(path, [&](std::size_t e) { return edges_[e].left == 0; });
      path.erase(full, path.end());
      continue;
    }
    bool stepped = false;
    for (std::size_t& i = next[at]; i < out_[at].size(); ++i) {
      const Edge& edge = edges_[out_[at][i]];
      if (edge.left <= 0 || level_[edge.to] != level_[at] + 1) continue;
      path.push_back(out_[at][i]);
      stepped = true;
      break;
    }
    if (stepped) continue;
    if (path.empty()) return;
    path.pop_back();
    ++next[path.empty() ? kSource : edges_[path.back()].to];
  }
}

std::vector<bool> MinCut::sink_side() {
  while (find_levels()) push_flow();
  // Whatever reaches the sink along edges with capacity left.
  std::vector<bool> side(out_.size(), false);
  side[kSink] = true;
  std::vector<Vertex> queue = {kSink};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const std::size_t e : out_[queue[i]]) {
      const Vertex from = edges_[e].to;
      if (edges_[e ^ 1].left <= 0 || side[from]) continue;
      side[from] = true;
      queue.push_back(from);
    }
  }
  return side;
}

}  // namespace onnxrun
