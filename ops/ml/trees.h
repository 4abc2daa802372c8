// The trees of an ensemble, as every version of the operators gives them.
#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "engine/ir/attribute.h"
#include "ops/common/reals.h"

namespace onnxrun::ml {

enum class Branch { kLessEqual, kLess, kGreaterEqual, kGreater, kEqual, kNotEqual, kMember, kLeaf };

struct Vote {
  std::int64_t target;
  double weight;
};

struct TreeNode {
  Branch branch = Branch::kLeaf;
  std::int64_t feature = 0;
  double value = 0;
  std::set<double> members;      // kMember
  bool missing_is_true = false;  // where a NaN goes
  std::int64_t yes = 0, no = 0;  // numbers of nodes
  std::vector<Vote> votes;       // of a leaf
};

struct Trees {
  std::vector<TreeNode> nodes;
  std::vector<std::int64_t> roots;
  std::int64_t features = 0;  // one more than the largest feature used

  // The leaf that a row of features reaches. Throws Error(kBadModel) when nodes lead in a circle.
  const TreeNode& leaf(std::int64_t root, const double* row) const;
};

// Reads attributes nodes_* and <votes>_treeids, _nodeids, _ids, _weights (votes = "class" or "target"), or their *_as_tensor
// forms. Throws Error(kBadModel) unless every list has its length and every reference its target.
Trees read_trees(const Attributes& attrs, std::string_view votes, std::int64_t targets);
// The form of TreeEnsemble-5: inner nodes and leaves in lists of their own.
Trees read_flat_trees(const Attributes& attrs, std::int64_t targets);

// Adds up the votes of all trees for one row.
enum class Aggregate { kAverage, kSum, kMin, kMax };
struct Scores {
  Reals values;
  std::vector<bool> voted;  // whether anybody voted for the target
};
Scores aggregate(const Trees& trees, const double* row, std::int64_t targets, Aggregate how);

// <name> as floats, or <name>_as_tensor; empty when neither is there.
Reals numbers_of(const Attributes& attrs, const std::string& name);

}  // namespace onnxrun::ml
