// Where a backend wants it, a batch of texts costs what its tokens cost: what works on each token by itself leaves out the rows of padding.
//   %bias = Mul(Sub(1, Cast(Unsqueeze(%mask))), -10000)
//   %q = onnxrun.FusedMatMul(%x, %wq)   %k, %v likewise   %a = Attention(%q, %k, %v, %bias)   %y = onnxrun.FusedMatMul(%a, %wo)
//     ->  %rows, %positions, %places = onnxrun.TokenRows(%mask)
//         %xt = onnxrun.TakeRows(Reshape(%x, [-1, N]), %rows)   %qt = onnxrun.FusedMatMul(%xt, %wq)
//         %q = onnxrun.TakeRows(%qt, %places)   %k, %v likewise   %a = Attention(%q, %k, %v, %bias)
//         %at = onnxrun.TakeRows(Reshape(%a, [-1, N]), %rows)   %yt = onnxrun.FusedMatMul(%at, %wo)
// What follows in the same way (norms, sums, activations, gathers from tables of embeddings) goes on with the matrices of tokens. In those that
// are spread out again, a row of padding repeats the first row of its item: so this must not show. It doesn't where such rows are read
// only by Attention under that mask, by what takes every item's first position, by products with the mask, and by what works row by row,
// if its results are not seen either. A batch without padding is not moved: all rows are taken, in their order, which is a view.
// Not with Math::kExact, for a single text of fixed length, where a row of padding is an output or part of a sum, nor where masks are
// made in other ways, say something of queries, or don't keep padding from the softmax (engine/passes/mask_function.h, token_region.cpp).
#include <algorithm>
#include <map>
#include <utility>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/token_region.h"

namespace onnxrun {
namespace {

class Packing {
 public:
  Packing(Graph& g, ValueId mask) : g_(g), mask_(mask), tokens_(g.add_node(op("TokenRows", kInternal), {mask}, {}, 3)) {
    infer_node(g, tokens_);
    rows_ = output(g, tokens_, 0);
    positions_ = output(g, tokens_, 1);
    places_ = output(g, tokens_, 2);
  }

  // Computes the node's outputs for tokens.
  void add(NodeId id) {
    const int count = static_cast<int>(g_.node(id).inputs.size()), results = static_cast<int>(g_.node(id).outputs.size());
    std::vector<ValueId> inputs;
    for (int i = 0; i < count; ++i) inputs.push_back(packed(id, i));
    Attributes attrs = g_.node(id).attrs;
    if (is_op(g_, id, "LayerNormalization")) attrs.set("axis", std::int64_t{-1});
    const NodeId copy = g_.add_node(*g_.node(id).op, std::move(inputs), std::move(attrs), results, g_.node(id).name);
    for (int i = results; i-- > 0;) {
      const ValueId old = output(g_, id, i);
      if (old == ValueId::kNone || g_.use_count(old) == 0) {
        g_.drop_output(copy, i);
      } else {
        packed_[{old, RowOperand::kRow}] = output(g_, copy, i);
      }
    }
    infer_node(g_, copy);
    done_.push_back(id);
  }

  // Whoever else reads the nodes' outputs gets them spread out again.
  void finish() {
    std::vector<char> copied(g_.node_capacity());
    for (const NodeId id : done_) copied[index(id)] = 1;
    for (const NodeId id : done_) {
      const std::vector<ValueId> outputs = g_.node(id).outputs;
      for (const ValueId v : outputs) {
        if (v == ValueId::kNone) continue;
        const bool read = std::ranges::any_of(g_.value(v).uses, [&](const Use& use) { return copied[index(use.node)] == 0; });
        if (read) g_.replace_uses(v, build(g_, op("TakeRows", kInternal), {packed_.at({v, RowOperand::kRow}), places_}));
      }
    }
    if (g_.use_count(positions_) == 0) g_.drop_output(tokens_, 1);
  }

 private:
  ValueId packed(NodeId id, int i) {
    const ValueId v = input(g_, id, i);
    const RowOperand kind = row_operand(g_, mask_, g_.node(id), i);
    if (kind == RowOperand::kAlike) return v;
    const auto [at, fresh] = packed_.try_emplace({v, kind}, ValueId::kNone);
    if (fresh) {
      const bool row = kind == RowOperand::kRow;
      at->second = build(g_, row ? op("TakeRows", kInternal) : op("Gather"), {as_rows(v, kind), row ? rows_ : positions_});
    }
    return at->second;
  }

  // [B, S, N] as [B * S, N], indices [B, S] as [B * S].
  ValueId as_rows(ValueId v, RowOperand kind) {
    const Dims& d = dims(g_, v);
    if (kind == RowOperand::kPosition && d.size() == 2) return v;
    Ints shape = {-1};
    if (d.size() == 3) shape.push_back(d[2].value());
    return build(g_, "Reshape", {v, g_.add_constant(ints_tensor(shape))});
  }

  Graph& g_;
  ValueId mask_;
  NodeId tokens_;  // the node that finds them
  ValueId rows_, positions_, places_;
  std::map<std::pair<ValueId, RowOperand>, ValueId> packed_;  // the rows of tokens of a value
  std::vector<NodeId> done_;
};

}  // namespace

bool remove_padding(Graph& g, const PassContext& ctx) {
  if (ctx.math == Math::kExact || !ctx.fast_in(op("TokenRows", kInternal), DType::kFloat32)) return false;
  const auto region = find_token_region(g);
  if (!region) return false;
  Packing packing(g, region->mask);
  for (const NodeId id : region->nodes) packing.add(id);
  packing.finish();
  return true;
}

}  // namespace onnxrun
