#include "engine/passes/token_region.h"

#include <algorithm>
#include <set>

#include "engine/ir/op_def.h"
#include "engine/passes/mask_function.h"
#include "engine/passes/match.h"

namespace onnxrun {
namespace {

// A sum with this is as good as minus infinity to a softmax.
constexpr double kSwallows = -1e4;

// Which output rows of the node are made of which input rows, and by number i of what: the indices of a Gather from a table are rows, too.
bool meets_rows(const Node& n, int i) {
  if (is_op(n, "Gather")) return i == 1;
  if (is_op(n, "MatMul") || is_op(n, "LayerNormalization")) return i == 0;
  if (is_op(n, "FusedMatMul", kInternal)) return i == 0 || i == 3;
  if (is_op(n, "SkipLayerNormalization", kMicrosoft)) return i == 0 || i == 1;
  return n.op->traits.elementwise;
}

bool unread(const Graph& g, const Node& n, int i) { return output(n, i) == ValueId::kNone || g.use_count(output(n, i)) == 0; }

bool is_list_of(const Graph& g, ValueId v, std::int64_t number) {
  const auto list = known_ints(g, v);
  return list && !list->empty() && std::ranges::all_of(*list, [&](std::int64_t i) { return i == number; });
}

class Finder {
 public:
  explicit Finder(const Graph& g) : g_(g), order_(g.topological_order()), masks_(g), hidden_(g.value_capacity()) {}

  std::optional<TokenRegion> run() {
    for (const NodeId id : order_) {
      if (is_op(g_, id, "Attention") && masks_padding(g_.node(id))) attentions_.insert(id);
    }
    if (attentions_.empty()) return std::nullopt;
    const Dims& mask = dims(g_, mask_);
    if (mask[0].is(1) && mask[1].known()) return std::nullopt;
    for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
      for (const ValueId v : g_.node(*id).outputs) {
        if (v != ValueId::kNone) hidden_[index(v)] = is_hidden(v);
      }
    }
    if (!std::ranges::all_of(attentions_, [&](NodeId id) { return outputs_hidden(g_.node(id)); })) return std::nullopt;
    TokenRegion region{mask_, {}};
    std::ranges::copy_if(order_, std::back_inserter(region.nodes), [&](NodeId id) { return by_row(g_.node(id)) && outputs_hidden(g_.node(id)); });
    const bool gains = std::ranges::any_of(region.nodes, [&](NodeId id) { return is_product(g_.node(id)); });
    return gains ? std::optional(std::move(region)) : std::nullopt;
  }

 private:
  // An Attention of texts among themselves that takes no notice of positions whose mask is 0. The first one says which mask.
  bool masks_padding(const Node& n) {
    for (int i = 4; i < static_cast<int>(n.inputs.size()); ++i) {
      if (input(n, i) != ValueId::kNone) return false;
    }
    for (int i = 1; i < static_cast<int>(n.outputs.size()); ++i) {
      if (!unread(g_, n, i)) return false;
    }
    const auto f = masks_.find(input(n, 3));
    if (!f || f->item != 0 || f->token != 3 || dims(g_, n.inputs[3]).size() != 4) return false;
    const bool boolean = g_.value(n.inputs[3]).type.dtype == DType::kBool;
    if (boolean ? f->of_zero != 0 || f->of_one != 1 : f->of_zero > kSwallows || f->of_one != 0) return false;
    if (n.attrs.i("is_causal") != 0 || n.attrs.i("left_window_size") != -1 || n.attrs.i("right_window_size") != -1) return false;
    if (mask_ == ValueId::kNone) mask_ = f->mask;
    return f->mask == mask_ && is_matrix(n.inputs[0]) && is_matrix(n.inputs[1]) && is_matrix(n.inputs[2]);
  }

  // [B, S, N]
  bool is_matrix(ValueId v) const { return has_rank(g_, v) && dims(g_, v).size() == 3 && starts_as_mask(v) && dims(g_, v)[2].known(); }
  bool starts_as_mask(ValueId v) const { return dims(g_, v)[0] == dims(g_, mask_)[0] && dims(g_, v)[1] == dims(g_, mask_)[1]; }

  bool is_product(const Node& n) const { return is_op(n, "MatMul") || is_op(n, "FusedMatMul", kInternal); }

  // Whether every row of the outputs follows from the same row of the inputs.
  bool by_row(const Node& n) const {
    if (n.outputs.empty() || n.inputs.empty() || !n.subgraphs.empty() || !n.op->traits.deterministic) return false;
    for (int i = 0; i < static_cast<int>(n.inputs.size()); ++i) {
      if (meets_rows(n, i) && row_operand(g_, mask_, n, i) == RowOperand::kUnfit) return false;
    }
    for (int i = 0; i < static_cast<int>(n.outputs.size()); ++i) {
      if (!unread(g_, n, i) && !is_matrix(output(n, i))) return false;
    }
    if (is_op(n, "Gather")) {
      const Tensor* table = constant(g_, n.inputs[0]);
      return table != nullptr && table->shape().size() == 2 && (n.attrs.i("axis") == 0 || n.attrs.i("axis") == -2);
    }
    if (is_product(n)) return is_matrix(n.inputs[0]) && is_weight(n.inputs[1]) && n.attrs.i("transA", 0) == 0;
    if (is_op(n, "LayerNormalization")) {
      const bool last = n.attrs.i("axis") == -1 || n.attrs.i("axis") == 2;
      return last && unread(g_, n, 1) && unread(g_, n, 2) && alike(input(n, 1)) && alike(input(n, 2));
    }
    if (is_op(n, "SkipLayerNormalization", kMicrosoft)) return unread(g_, n, 1) && unread(g_, n, 2);
    return n.op->traits.elementwise && n.outputs.size() == 1;
  }
  bool is_weight(ValueId v) const { return constant(g_, v) != nullptr && dims(g_, v).size() == 2; }
  bool alike(ValueId v) const { return v == ValueId::kNone || (has_rank(g_, v) && dims(g_, v).size() <= 1); }

  bool outputs_hidden(const Node& n) const {
    return std::ranges::all_of(n.outputs, [&](ValueId v) { return v == ValueId::kNone || g_.use_count(v) == 0 || hidden_[index(v)]; });
  }

  // Whether nobody can tell what the value holds in rows of padding.
  bool is_hidden(ValueId v) {
    return !g_.is_output(v) && is_matrix(v) && std::ranges::all_of(g_.value(v).uses, [&](const Use& use) { return hides(use); });
  }
  bool hides(const Use& use) {
    const Node& n = g_.node(use.node);
    if (attentions_.contains(use.node)) return use.input == 1 || use.input == 2 || (use.input == 0 && outputs_hidden(n));
    if (is_op(n, "Shape") || (use.input == 0 && takes_first(n)) || multiplies_by_mask(n, use.input)) return true;
    return by_row(n) && outputs_hidden(n);
  }

  // Only the first position of every item.
  bool takes_first(const Node& n) const {
    if (is_op(n, "Gather")) return (n.attrs.i("axis") == 1 || n.attrs.i("axis") == -2) && is_list_of(g_, input(n, 1), 0);
    if (!is_op(n, "Slice") || !is_list_of(g_, input(n, 1), 0) || !is_list_of(g_, input(n, 2), 1)) return false;
    return is_list_of(g_, input(n, 3), 1) && (input(n, 4) == ValueId::kNone || is_list_of(g_, input(n, 4), 1));
  }

  // By a factor that is 0 in rows of padding.
  bool multiplies_by_mask(const Node& n, int at) {
    if (!is_op(n, "Mul")) return false;
    const ValueId factor = input(n, 1 - at);
    const auto f = masks_.find(factor);
    return f && f->mask == mask_ && f->item == 0 && f->token == 1 && dims(g_, factor).size() == 3 && f->of_zero == 0;
  }

  const Graph& g_;
  std::vector<NodeId> order_;
  MaskFunctions masks_;
  std::vector<char> hidden_;  // by ValueId
  std::set<NodeId> attentions_;
  ValueId mask_ = ValueId::kNone;
};

}  // namespace

RowOperand row_operand(const Graph& g, ValueId mask, const Node& n, int i) {
  const ValueId v = input(n, i);
  if (v == ValueId::kNone || !meets_rows(n, i)) return RowOperand::kAlike;
  if (!has_rank(g, v)) return RowOperand::kUnfit;
  const Dims &d = dims(g, v), &m = dims(g, mask);
  if (is_op(n, "Gather")) return d == m ? RowOperand::kRow : RowOperand::kUnfit;
  if (d.size() <= 1) return RowOperand::kAlike;
  if (!d.back().known()) return RowOperand::kUnfit;
  if (d.size() == 3 && d[0] == m[0] && d[1] == m[1]) return RowOperand::kRow;
  if ((d.size() == 3 && d[0].is(1) && d[1] == m[1]) || (d.size() == 2 && d[0] == m[1])) return RowOperand::kPosition;
  return RowOperand::kUnfit;
}

std::optional<TokenRegion> find_token_region(const Graph& graph) { return Finder(graph).run(); }

}  // namespace onnxrun
