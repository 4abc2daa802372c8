#include <doctest/doctest.h>

#include <algorithm>

#include "engine/backend/registry.h"
#include "engine/ir/text.h"

namespace onnxrun::test {
namespace {

const Backend* find_backend(std::string_view name) {
  const auto all = registered_backends();
  const auto found = std::ranges::find_if(all, [&](const Backend* b) { return b->traits().name == name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace

TEST_CASE("onednn: where it generates no code, any other backend but the reference is preferred") {
  const Backend* onednn = find_backend("onednn");
  if (onednn == nullptr) return;
  const std::string& about = onednn->traits().about;
  const bool loops = about.ends_with(", asimd") || about.ends_with(", sve_128");
  const Graph graph = parse_graph(R"(graph main(%x: f32[1, 8, 9, 9]@channels_last, %a: f32[64, 96], %b: f32[96, 80]) -> (%c, %p, %m) {
  %w = const f32[8, 8, 3, 3] seed(1)
  %c = Conv(%x, %w)
  %p = MaxPool(%x) {kernel_shape = [2, 2]}
  %m = onnxrun.FusedMatMul(%a, %b)
})");
  for (const NodeId id : graph.topological_order()) {
    const NodeView node(graph, id);
    INFO(about << ", " << node.op().name);
    const Claim claim = onednn->claim(node);
    REQUIRE(claim.accepted);
    CHECK((claim.cost > 1) == loops);
    for (const std::string_view other : {"cpu", "reference"}) {
      const Claim theirs = find_backend(other)->claim(node);
      if (loops && theirs.accepted) CHECK((theirs.cost < claim.cost) == (other == "cpu"));
    }
  }
}

}  // namespace onnxrun::test
