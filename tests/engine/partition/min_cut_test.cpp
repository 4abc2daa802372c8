#include <doctest/doctest.h>

#include <random>

#include "engine/partition/min_cut.h"

namespace onnxrun::test {
namespace {

struct Edge {
  std::size_t from, to;
  std::int64_t capacity;
};

std::int64_t cost_of(const std::vector<Edge>& edges, const std::vector<bool>& sink_side) {
  std::int64_t cost = 0;
  for (const Edge& e : edges) cost += !sink_side[e.from] && sink_side[e.to] ? e.capacity : 0;
  return cost;
}

TEST_CASE("min_cut: the cheaper edge of a path is cut, and of equal ones that next to the sink") {
  for (const auto& [first, second, on_sink_side] : {std::tuple{3, 5, true}, {5, 3, false}, {4, 4, false}}) {
    MinCut cut;
    const auto v = cut.add_vertex();
    cut.add_edge(MinCut::kSource, v, first);
    cut.add_edge(v, MinCut::kSink, second);
    CHECK(cut.sink_side()[v] == on_sink_side);
  }
}

TEST_CASE("min_cut: as good as the best of all splits") {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    constexpr std::size_t kVertices = 9;
    MinCut cut;
    for (std::size_t i = 2; i < kVertices; ++i) cut.add_vertex();
    std::vector<Edge> edges;
    for (int i = 0; i < 30; ++i) {
      const Edge e{random() % kVertices, random() % kVertices, static_cast<std::int64_t>(random() % 20)};
      if (e.from == e.to) continue;
      edges.push_back(e);
      cut.add_edge(e.from, e.to, e.capacity);
    }
    std::int64_t best = MinCut::kNever;
    for (unsigned mask = 0; mask < 1u << (kVertices - 2); ++mask) {
      std::vector<bool> side(kVertices);
      side[MinCut::kSink] = true;
      for (std::size_t i = 2; i < kVertices; ++i) side[i] = (mask >> (i - 2)) & 1;
      best = std::min(best, cost_of(edges, side));
    }
    const std::vector<bool> found = cut.sink_side();
    CHECK(!found[MinCut::kSource]);
    CHECK(found[MinCut::kSink]);
    CHECK(cost_of(edges, found) == best);
  }
}

}  // namespace
}  // namespace onnxrun::test
