// The cheapest way to split vertices into two sides.
#pragma once

#include <cstdint>
#include <vector>

namespace onnxrun {

// A directed network between a source and a sink. The minimum cut is the split whose edges from the source's side to the sink's cost
// least; found by Dinic's algorithm, without recursion.
class MinCut {
 public:
  using Vertex = std::size_t;
  static constexpr Vertex kSource = 0, kSink = 1;
  static constexpr std::int64_t kNever = std::int64_t{1} << 50;  // capacity of an edge that must not be cut

  Vertex add_vertex();
  void add_edge(Vertex from, Vertex to, std::int64_t capacity);
  // By vertex: whether it is on the sink's side; the smallest such set among equal cuts. Uses up the capacities.
  std::vector<bool> sink_side();

 private:
  struct Edge {
    Vertex to;
    std::int64_t left;
  };
  bool find_levels();
  void push_flow();

  std::vector<Edge> edges_;  // edge e and its reverse, e ^ 1
  std::vector<std::vector<std::size_t>> out_ = {{}, {}};
  std::vector<int> level_;
};

}  // namespace onnxrun
