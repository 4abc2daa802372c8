#include "engine/partition/partition.h"

#include <algorithm>

#include "engine/backend/registry.h"
#include "engine/base/check.h"
#include "engine/ir/infer.h"

namespace onnxrun {
namespace {

Assignment assign(const NodeView& node, std::span<const Backend* const> backends) {
  Assignment best;
  double best_cost = 0;
  std::vector<Assignment::Refusal> refusals;
  for (const Backend* backend : backends) {
    Claim claim = backend->claim(node);
    if (!claim.accepted) {
      refusals.push_back({backend, std::move(claim.reason)});
      continue;
    }
    if (best.backend != nullptr && claim.cost >= best_cost) continue;
    if (best.backend != nullptr) {
      refusals.push_back({best.backend, fmt::format("cost {:g}, {} does it for {:g}", best_cost, backend->traits().name, claim.cost)});
    }
    best = {backend, std::move(claim.reason), refusals};
    best_cost = claim.cost;
  }
  if (best.backend == nullptr) best.refusals = std::move(refusals);
  return best;
}

void assign_all(const Graph& graph, std::span<const Backend* const> backends, Partitions& out, std::string& unsupported) {
  out.nodes.resize(graph.node_capacity());
  out.subgraphs.resize(graph.node_capacity());
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.node(id).live) continue;
    out.nodes[i] = assign(NodeView(graph, id), backends);
    if (out.nodes[i].backend == nullptr) {
      unsupported += fmt::format("\n  {}:", node_label(graph, id));
      for (const auto& refusal : out.nodes[i].refusals) {
        unsupported += fmt::format(" {} says: {};", refusal.backend->traits().name, refusal.reason);
      }
    }
    for (const Subgraph& sub : graph.node(id).subgraphs) {
      out.subgraphs[i].emplace_back();
      assign_all(*sub.graph, backends, out.subgraphs[i].back(), unsupported);
    }
  }
}

}  // namespace

Partitions partition(const Graph& graph, std::span<const Backend* const> backends) {
  Partitions out;
  std::string unsupported;
  assign_all(graph, backends, out, unsupported);
  require(ErrorCode::kUnsupported, unsupported.empty(), "no backend can run these nodes:{}", unsupported);
  return out;
}

std::vector<const Backend*> select_backends(std::span<const std::string> names) {
  const auto all = registered_backends();
  if (names.empty()) return {all.begin(), all.end()};
  std::vector<const Backend*> chosen;
  const auto find = [&](std::string_view name) {
    const auto at = std::ranges::find_if(all, [&](const Backend* b) { return b->traits().name == name; });
    return at == all.end() ? nullptr : *at;
  };
  for (const std::string& name : names) {
    const Backend* backend = find(name);
    if (backend == nullptr) {
      for (const AbsentBackend& absent : absent_backends()) {
        require(ErrorCode::kBackendMissing, absent.name != name, "backend {} is absent: {}", name, absent.reason);
      }
      std::string known;
      for (const Backend* b : all) known += (known.empty() ? "" : ", ") + b->traits().name;
      fail(ErrorCode::kBackendMissing, "there is no backend called {}; present are: {}", name, known);
    }
    if (std::ranges::find(chosen, backend) == chosen.end()) chosen.push_back(backend);
  }
  const Backend* reference = find("reference");
  if (reference != nullptr && std::ranges::find(chosen, reference) == chosen.end()) chosen.push_back(reference);
  return chosen;
}

}  // namespace onnxrun
