#include "engine/partition/partition.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/backend/registry.h"
#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/partition/borders.h"
#include "engine/partition/costs.h"
#include "engine/partition/settled.h"
#include "engine/partition/split.h"

namespace onnxrun {
namespace {

struct Choice {
  Assignment assignment;
  double cost = 1;  // as claimed
};

// `kept`: why no device may have the node; empty when one may.
Choice choose(const NodeView& node, std::span<const Backend* const> backends, const std::string& kept) {
  Assignment best;
  double best_cost = 0;
  std::vector<Assignment::Refusal> refusals;
  for (const Backend* backend : backends) {
    Claim claim = !kept.empty() && device_of(*backend) != nullptr ? Claim::no("{}", kept) : backend->claim(node);
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
  return {std::move(best), best_cost};
}

// One graph, without its subgraphs.
class Assigner {
 public:
  Assigner(Graph& graph, std::span<const Backend* const> backends, Math math, std::vector<Assignment>& nodes)
      : graph_(graph), backends_(backends), math_(math), nodes_(nodes), host_costs_(graph.node_capacity(), 1) {
    nodes_.resize(graph.node_capacity());
    std::ranges::copy_if(backends, std::back_inserter(host_), [](const Backend* b) { return device_of(*b) == nullptr; });
    if (has_devices()) settled_ = settled_values(graph);
  }

  void assign(Share share) {
    for_each_node([&](NodeId id) {
      Choice choice = choose(NodeView(graph_, id, math_), share == Share::kByOrder ? backends_ : host_, has_devices() ? host_only(graph_, id, settled_) : "");
      nodes_[index(id)] = std::move(choice.assignment);
      host_costs_[index(id)] = choice.cost;
    });
    if (share == Share::kByOrder) return;
    for (const Backend* b : backends_) {
      if (device_of(*b) != nullptr) offer_to(*b);
    }
  }

  void add_borders() {
    bool complete = has_devices();
    for_each_node([&](NodeId id) { complete = complete && nodes_[index(id)].backend != nullptr; });
    if (complete) add_copies(graph_, nodes_, settled_);
  }

 private:
  template <class F>
  void for_each_node(const F& f) const {
    for (std::size_t i = 0; i < host_costs_.size(); ++i) {
      if (graph_.node(static_cast<NodeId>(i)).live) f(static_cast<NodeId>(i));
    }
  }
  bool has_devices() const { return host_.size() < backends_.size(); }
  std::size_t rank_of(const Backend* b) const { return static_cast<std::size_t>(std::ranges::find(backends_, b) - backends_.begin()); }

  // Nodes that the host has so far go to the device where the whole graph gains by it.
  void offer_to(const Backend& backend) {
    const DeviceCosts& costs = device_of(backend)->costs();
    std::vector<Offer> offers(nodes_.size());
    std::vector<Claim> claims(nodes_.size());
    for_each_node([&](NodeId id) {
      const Backend* host = nodes_[index(id)].backend;
      if (host != nullptr && device_of(*host) != nullptr) return;
      Claim& claim = claims[index(id)];
      const std::string kept = host_only(graph_, id, settled_);
      claim = kept.empty() ? backend.claim(NodeView(graph_, id, math_)) : Claim::no("{}", kept);
      if (claim.accepted) offers[index(id)].device = time_on(costs, graph_, id, claim.cost);
      if (host != nullptr) offers[index(id)].host = time_on_host(graph_, id, host_costs_[index(id)]);
    });
    const std::vector<bool> moved = cheapest_split(graph_, offers, settled_, costs);
    for_each_node([&](NodeId id) {
      Assignment& now = nodes_[index(id)];
      const Offer& offer = offers[index(id)];
      Claim& claim = claims[index(id)];
      if (moved[index(id)]) {
        move(now, backend, std::move(claim), offer);
      } else if (claim.accepted) {
        refuse(now, backend, fmt::format("{:.3g} us and copies of {:.3g} us, {} takes {:.3g} us", offer.device,
                                         time_of_copies_for(graph_, id, moved, settled_, costs), now.backend->traits().name, offer.host));
      } else if (!claim.reason.empty()) {
        refuse(now, backend, std::move(claim.reason));
      }
    });
  }

  // Backends that stand behind the one that was taken are not told of.
  void refuse(Assignment& assignment, const Backend& backend, std::string reason) {
    assignment.refusals.push_back({&backend, std::move(reason)});
    std::ranges::stable_sort(assignment.refusals, {}, [&](const auto& r) { return rank_of(r.backend); });
    if (assignment.backend == nullptr) return;
    std::erase_if(assignment.refusals, [&](const auto& r) { return rank_of(r.backend) > rank_of(assignment.backend); });
  }

  void move(Assignment& assignment, const Backend& to, Claim claim, const Offer& offer) {
    const Backend* from = std::exchange(assignment.backend, &to);
    assignment.note = std::move(claim.reason);
    if (from != nullptr) refuse(assignment, *from, fmt::format("{:.3g} us, {} takes {:.3g} us", offer.host, to.traits().name, offer.device));
  }

  Graph& graph_;
  const std::span<const Backend* const> backends_;
  const Math math_;
  std::vector<const Backend*> host_;
  std::vector<Assignment>& nodes_;
  std::vector<bool> settled_;         // by ValueId; only where there are devices
  std::vector<double> host_costs_;  // by NodeId: what the host's backend claimed
};

void assign_all(Graph& graph, std::span<const Backend* const> backends, Share share, Math math, Partitions& out, std::string& unsupported) {
  remove_copies(graph);
  Assigner assigner(graph, backends, math, out.nodes);
  assigner.assign(share);
  assigner.add_borders();
  out.subgraphs.resize(graph.node_capacity());
  for (std::size_t i = 0; i < out.nodes.size(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.node(id).live) continue;
    if (out.nodes[i].backend == nullptr) {
      unsupported += fmt::format("\n  {}:", node_label(graph, id));
      for (const auto& refusal : out.nodes[i].refusals) {
        unsupported += fmt::format(" {} says: {};", refusal.backend->traits().name, refusal.reason);
      }
    }
    for (Subgraph& sub : graph.node(id).subgraphs) {
      out.subgraphs[i].emplace_back();
      assign_all(*sub.graph, backends, share, math, out.subgraphs[i].back(), unsupported);
    }
  }
}

}  // namespace

Device* reads_from(const Node& node, const Backend& backend) { return is_copy_to_device(node) ? nullptr : device_of(backend); }
Device* writes_to(const Node& node, const Backend& backend) {
  return is_copy(node) && !is_copy_to_device(node) ? nullptr : device_of(backend);
}

Partitions partition(Graph& graph, std::span<const Backend* const> backends, Share share, Math math) {
  Partitions out;
  std::string unsupported;
  assign_all(graph, backends, share, math, out, unsupported);
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
    std::string why;
    if (backend == nullptr) backend = requested_backend(name, &why);
    if (backend == nullptr) {
      require(ErrorCode::kBackendMissing, why.empty(), "backend {} is absent: {}", name, why);
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
