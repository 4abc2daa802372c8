#include "ops/ml/trees.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "engine/base/check.h"

namespace onnxrun::ml {
namespace {

constexpr std::array<std::string_view, 8> kBranches = {"BRANCH_LEQ", "BRANCH_LT",  "BRANCH_GTE",    "BRANCH_GT",
                                                       "BRANCH_EQ",  "BRANCH_NEQ", "BRANCH_MEMBER", "LEAF"};

void want_size(std::string_view name, std::size_t got, std::size_t want) {
  require(got == want, "attribute {} has {} entries, want {}", name, got, want);
}

bool holds(const TreeNode& node, double x) {
  if (x != x) return node.missing_is_true;
  switch (node.branch) {
    case Branch::kLessEqual:
      return x <= node.value;
    case Branch::kLess:
      return x < node.value;
    case Branch::kGreaterEqual:
      return x >= node.value;
    case Branch::kGreater:
      return x > node.value;
    case Branch::kEqual:
      return x == node.value;
    case Branch::kNotEqual:
      return x != node.value;
    case Branch::kMember:
      return node.members.contains(x);
    case Branch::kLeaf:
      return false;
  }
  return false;
}

void check_vote(std::int64_t target, std::int64_t targets) {
  require(target >= 0 && target < targets, "a leaf votes for {}, want 0 to {}", target, targets - 1);
}

void set_feature(Trees& trees, TreeNode& node, std::int64_t feature) {
  require(feature >= 0 && feature < (std::int64_t{1} << 31), "nodes_featureids holds {}", feature);
  node.feature = feature;
  trees.features = std::max(trees.features, feature + 1);
}

}  // namespace

const TreeNode& Trees::leaf(std::int64_t root, const double* row) const {
  std::int64_t at = root;
  for (std::size_t steps = 0; steps <= nodes.size(); ++steps) {
    const TreeNode& node = nodes[static_cast<std::size_t>(at)];
    if (node.branch == Branch::kLeaf) return node;
    at = holds(node, row[node.feature]) ? node.yes : node.no;
  }
  fail(ErrorCode::kBadModel, "the nodes of a tree lead in a circle");
}

Reals numbers_of(const Attributes& attrs, const std::string& name) {
  Reals out;
  const std::string tensor = name + "_as_tensor";
  if (attrs.has(tensor)) {
    const Tensor& t = attrs.t(tensor);
    return read_reals({const_cast<void*>(t.data()), t.dtype(), Layout::kPlain, t.shape(), t.size()});
  }
  if (attrs.has(name)) out.assign(attrs.floats(name).begin(), attrs.floats(name).end());
  return out;
}

Trees read_trees(const Attributes& attrs, std::string_view votes, std::int64_t targets) {
  const Ints &tree = attrs.ints("nodes_treeids"), &id = attrs.ints("nodes_nodeids"), &feature = attrs.ints("nodes_featureids");
  const Ints &yes = attrs.ints("nodes_truenodeids"), &no = attrs.ints("nodes_falsenodeids");
  const Strings& mode = attrs.strings("nodes_modes");
  const Reals value = numbers_of(attrs, "nodes_values");
  const Ints missing = attrs.ints("nodes_missing_value_tracks_true", Ints(tree.size(), 0));
  want_size("nodes_nodeids", id.size(), tree.size());
  want_size("nodes_featureids", feature.size(), tree.size());
  want_size("nodes_truenodeids", yes.size(), tree.size());
  want_size("nodes_falsenodeids", no.size(), tree.size());
  want_size("nodes_modes", mode.size(), tree.size());
  want_size("nodes_values", value.size(), tree.size());
  if (!missing.empty()) want_size("nodes_missing_value_tracks_true", missing.size(), tree.size());
  Trees out;
  out.nodes.resize(tree.size());
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> place;  // (tree, node) -> number
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    require(place.emplace(std::pair(tree[i], id[i]), number).second, "tree {} has two nodes {}", tree[i], id[i]);
    if (seen.insert(tree[i]).second) out.roots.push_back(number);  // the first node of a tree is its root
  }
  const auto find = [&](std::int64_t t, std::int64_t n) {
    const auto at = place.find({t, n});
    require(at != place.end(), "tree {} has no node {}", t, n);
    return at->second;
  };
  for (std::size_t i = 0; i < tree.size(); ++i) {
    TreeNode& node = out.nodes[i];
    const auto branch = std::ranges::find(kBranches, mode[i]);
    require(branch != kBranches.end() && mode[i] != "BRANCH_MEMBER", "nodes_modes has '{}', want BRANCH_LEQ, .. or LEAF",
            mode[i]);
    node.branch = static_cast<Branch>(branch - kBranches.begin());
    if (node.branch == Branch::kLeaf) continue;
    set_feature(out, node, feature[i]);
    node.value = value[i];
    node.missing_is_true = !missing.empty() && missing[i] != 0;
    node.yes = find(tree[i], yes[i]);
    node.no = find(tree[i], no[i]);
  }
  const std::string prefix(votes);
  const Ints &vote_tree = attrs.ints(prefix + "_treeids"), &vote_node = attrs.ints(prefix + "_nodeids"),
             &target = attrs.ints(prefix + "_ids");
  const Reals weight = numbers_of(attrs, prefix + "_weights");
  want_size(prefix + "_nodeids", vote_node.size(), vote_tree.size());
  want_size(prefix + "_ids", target.size(), vote_tree.size());
  want_size(prefix + "_weights", weight.size(), vote_tree.size());
  for (std::size_t i = 0; i < target.size(); ++i) {
    check_vote(target[i], targets);
    out.nodes[static_cast<std::size_t>(find(vote_tree[i], vote_node[i]))].votes.push_back({target[i], weight[i]});
  }
  return out;
}

namespace {

// The sets of all member nodes, each ended by a NaN.
std::vector<std::set<double>> read_members(const Attributes& attrs) {
  std::vector<std::set<double>> sets;
  if (!attrs.has("membership_values")) return sets;
  const Tensor& t = attrs.t("membership_values");
  sets.emplace_back();
  for (const double v : read_reals({const_cast<void*>(t.data()), t.dtype(), Layout::kPlain, t.shape(), t.size()})) {
    if (v != v) {
      sets.emplace_back();
    } else {
      sets.back().insert(v);
    }
  }
  return sets;
}

Reals tensor_of(const Attributes& attrs, const char* name) {
  const Tensor& t = attrs.t(name);
  return read_reals({const_cast<void*>(t.data()), t.dtype(), Layout::kPlain, t.shape(), t.size()});
}

}  // namespace

Trees read_flat_trees(const Attributes& attrs, std::int64_t targets) {
  const Reals mode = tensor_of(attrs, "nodes_modes"), value = tensor_of(attrs, "nodes_splits"),
              weight = tensor_of(attrs, "leaf_weights");
  const Ints &feature = attrs.ints("nodes_featureids"), &yes = attrs.ints("nodes_truenodeids"),
             &no = attrs.ints("nodes_falsenodeids");
  const Ints &yes_leaf = attrs.ints("nodes_trueleafs"), &no_leaf = attrs.ints("nodes_falseleafs"),
             &target = attrs.ints("leaf_targetids");
  const Ints missing = attrs.ints("nodes_missing_value_tracks_true", Ints(mode.size(), 0));
  const std::size_t inner = mode.size();
  want_size("nodes_splits", value.size(), inner);
  for (const auto& [name, list] :
       {std::pair("nodes_featureids", &feature), std::pair("nodes_truenodeids", &yes), std::pair("nodes_falsenodeids", &no),
        std::pair("nodes_trueleafs", &yes_leaf), std::pair("nodes_falseleafs", &no_leaf)}) {
    want_size(name, list->size(), inner);
  }
  if (!missing.empty()) want_size("nodes_missing_value_tracks_true", missing.size(), inner);
  want_size("leaf_weights", weight.size(), target.size());
  Trees out;
  out.nodes.resize(inner + target.size());
  const auto child = [&](std::int64_t at, bool leaf) {
    const auto size = static_cast<std::int64_t>(leaf ? target.size() : inner);
    require(at >= 0 && at < size, "a node leads to {} {}, want 0 to {}", leaf ? "leaf" : "node", at, size - 1);
    return leaf ? at + static_cast<std::int64_t>(inner) : at;
  };
  std::vector<std::set<double>> members = read_members(attrs);
  std::size_t set = 0;
  for (std::size_t i = 0; i < inner; ++i) {
    TreeNode& node = out.nodes[i];
    require(mode[i] >= 0 && mode[i] <= 6, "nodes_modes holds {}, want 0 to 6", mode[i]);
    node.branch = static_cast<Branch>(static_cast<int>(mode[i]));
    set_feature(out, node, feature[i]);
    node.value = value[i];
    node.missing_is_true = !missing.empty() && missing[i] != 0;
    node.yes = child(yes[i], yes_leaf[i] != 0);
    node.no = child(no[i], no_leaf[i] != 0);
    if (node.branch != Branch::kMember) continue;
    require(set < members.size(), "membership_values has {} sets, but there are more nodes that ask for one", members.size());
    node.members = std::move(members[set++]);
  }
  for (std::size_t i = 0; i < target.size(); ++i) {
    check_vote(target[i], targets);
    out.nodes[inner + i].votes.push_back({target[i], weight[i]});
  }
  for (const std::int64_t root : attrs.ints("tree_roots")) out.roots.push_back(child(root, false));
  return out;
}

Scores aggregate(const Trees& trees, const double* row, std::int64_t targets, Aggregate how) {
  Scores s{Reals(static_cast<std::size_t>(targets), 0.0), std::vector<bool>(static_cast<std::size_t>(targets), false)};
  for (const std::int64_t root : trees.roots) {
    for (const Vote& vote : trees.leaf(root, row).votes) {
      const auto t = static_cast<std::size_t>(vote.target);
      double& value = s.values[t];
      if (!s.voted[t]) {
        value = vote.weight;
      } else if (how == Aggregate::kMin) {
        value = std::min(value, vote.weight);
      } else if (how == Aggregate::kMax) {
        value = std::max(value, vote.weight);
      } else {
        value += vote.weight;
      }
      s.voted[t] = true;
    }
  }
  if (how == Aggregate::kAverage) {
    for (double& v : s.values) v /= static_cast<double>(trees.roots.size());
  }
  return s;
}

}  // namespace onnxrun::ml
