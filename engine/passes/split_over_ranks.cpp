// Attention's heads and the columns of feed-forward layers are divided among R ranks (Shoeybi et al., Megatron-LM, 2019): a product by rows,
// and all that leads to it from products by columns, has a part on each rank, and the ranks' results are added up.
//   %q = onnxrun.FusedMatMul(%x, %wq, %bq)   %k, %v likewise
//   %a = Attention(%q, %k, %v, %mask) {q_num_heads = H, kv_num_heads = G}   %y = onnxrun.FusedMatMul(%a, %wo, %bo)
//     ->  %q = onnxrun.FusedMatMul(%x, part of %wq's columns, part of %bq)   %k, %v likewise
//         %a = Attention(%q, %k, %v, %mask) {q_num_heads = H / R, kv_num_heads = G / R}
//         %s = onnxrun.AllReduce(onnxrun.FusedMatMul(%a, part of %wo's rows)) {members}   %y = Add(%s, %bo)
// and in the same way around element-wise operators, whose constants over columns are cut, too, and where one product makes %q, %k and %v:
//   %u = onnxrun.FusedMatMul(%x, %w1)   %g = Gelu(Add(%u, %b1))   %y = onnxrun.FusedMatMul(%g, %w2)
// Only where PassContext::ranks says so. Not when R doesn't divide the heads or columns, weights aren't constant matrices, masks differ by
// head, others read what lies between the products, or there is but one row for each item of a batch: that isn't worth a sum.
#include <algorithm>
#include <cstring>
#include <map>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

enum ProductInput { kA, kB, kBias };
enum AttentionInput { kQ, kK, kV, kMask };

// This rank's part of a constant along an axis, or of each of its equal sections along it.
Tensor part_of(const Tensor& all, std::size_t axis, const Ranks& ranks, std::int64_t sections = 1) {
  Shape shape = all.shape();
  shape[axis] /= static_cast<std::int64_t>(ranks.members.size());
  Tensor part(all.dtype(), shape);
  std::int64_t blocks = sections;
  for (std::size_t d = 0; d < axis; ++d) blocks *= shape[d];
  const std::size_t bytes = blocks == 0 ? 0 : part.bytes() / static_cast<std::size_t>(blocks);
  const auto* from = static_cast<const std::byte*>(all.data()) + bytes * static_cast<std::size_t>(ranks.rank);
  auto* to = static_cast<std::byte*>(part.data());
  for (std::int64_t i = 0; i < blocks && bytes > 0; ++i, to += bytes, from += bytes * ranks.members.size()) std::memcpy(to, from, bytes);
  return part;
}

// a . W (+ bias), with a constant matrix and nothing more.
bool is_plain_product(const Graph& g, NodeId id) {
  if (!is_op(g, id, "FusedMatMul", kInternal)) return false;
  const Node& n = g.node(id);
  const Tensor* w = constant(g, n.inputs[kB]);
  const ValueId bias = input(n, kBias);
  return w != nullptr && w->shape().size() == 2 && n.attrs.i("transA") == 0 && n.inputs.size() <= kBias + 1 && n.attrs.s("activation").empty() &&
         (bias == ValueId::kNone || constant(g, bias) != nullptr);
}

std::size_t rows_axis(const Node& product) { return product.attrs.i("transB") != 0 ? 1 : 0; }
std::size_t columns_axis(const Node& product) { return 1 - rows_axis(product); }

// What can be cut along the last axis, from a value back to the products that it comes from. A product that makes queries, keys and values
// side by side has three sections, each of which is cut.
class Region {
 public:
  Region(Graph& g, const Ranks& ranks) : g_(g), ranks_(ranks) {}

  // Whether `v` can be cut in each of its sections, as far as what makes it goes.
  bool reaches(ValueId v, std::int64_t sections = 1) {
    const NodeId id = g_.value(v).producer;
    if (id == NodeId::kNone || !has_rank(g_, v) || dims(g_, v).empty() || !divides(dims(g_, v).back(), sections)) return false;
    if (const auto at = nodes_.find(id); at != nodes_.end()) return at->second == sections;
    const Node& n = g_.node(id);
    if (!is_op(n, "Split") && v != n.outputs[0]) return false;
    if (!has_parts(id, v, sections)) return false;
    nodes_[id] = sections;
    return true;
  }

  // Nobody but the region and `product` reads what it makes.
  bool is_closed(NodeId product) const {
    const auto reads_parts = [&](const Use& use) {
      return use.node == product || (nodes_.contains(use.node) && !is_plain_product(g_, use.node));  // products want all columns
    };
    return std::ranges::all_of(nodes_, [&](const auto& member) {
      return std::ranges::all_of(g_.node(member.first).outputs, [&](ValueId v) {
        return v == ValueId::kNone || (!g_.is_output(v) && std::ranges::all_of(g_.value(v).uses, reads_parts));
      });
    });
  }

  // This rank's part of `v`.
  ValueId cut(ValueId v) {
    if (v == ValueId::kNone) return v;
    if (!made_.contains(v)) cut_node(g_.value(v).producer);
    return made_.at(v);
  }

 private:
  std::int64_t count() const { return static_cast<std::int64_t>(ranks_.members.size()); }
  bool divides(const Dim& d, std::int64_t sections) const { return d.known() && d.value() % (count() * sections) == 0; }

  bool has_parts(NodeId id, ValueId v, std::int64_t sections) {
    const Node& n = g_.node(id);
    if (is_plain_product(g_, id)) return true;
    if (is_op(n, "Attention")) return sections == 1 && has_heads(n);
    if (is_op(n, "Split")) return sections == 1 && has_sections(n);
    return n.op->traits.elementwise && is_by_column(n, v, sections);
  }

  // Heads inside the rows, as fold_attention_heads leaves them.
  bool has_heads(const Node& n) {
    for (int i = kMask + 1; i < static_cast<int>(n.inputs.size()); ++i) {
      if (input(n, i) != ValueId::kNone) return false;
    }
    if (!n.attrs.has("q_num_heads") || !n.attrs.has("kv_num_heads")) return false;
    if (n.attrs.i("q_num_heads") % count() != 0 || n.attrs.i("kv_num_heads") % count() != 0) return false;
    if (const ValueId mask = input(n, kMask); mask != ValueId::kNone) {
      if (!has_rank(g_, mask)) return false;
      const Dims& d = dims(g_, mask);
      if (d.size() > 2 && !d[d.size() - 3].is(1)) return false;
    }
    return has_rank(g_, n.inputs[kQ]) && dims(g_, n.inputs[kQ]).size() == 3 && reaches(n.inputs[kQ]) && reaches(n.inputs[kK]) && reaches(n.inputs[kV]);
  }

  // Equal pieces of the last axis.
  bool has_sections(const Node& n) {
    const Dims& whole = dims(g_, n.outputs[0]);
    const std::int64_t axis = n.attrs.i("axis");
    if (axis != -1 && axis != static_cast<std::int64_t>(whole.size()) - 1) return false;
    const bool equal = std::ranges::all_of(n.outputs, [&](ValueId v) { return v != ValueId::kNone && has_rank(g_, v) && dims(g_, v).back() == whole.back(); });
    return equal && reaches(n.inputs[0], static_cast<std::int64_t>(n.outputs.size()));
  }

  bool is_by_column(const Node& n, ValueId result, std::int64_t sections) {
    if (n.outputs.size() != 1 || !n.subgraphs.empty()) return false;
    bool any = false;
    for (const ValueId v : n.inputs) {
      if (v == ValueId::kNone) continue;
      if (const Tensor* c = constant(g_, v); c != nullptr) {
        if (c->size() != 1 && !(c->size() == c->shape().back() && dims(g_, result).back().is(c->size()))) return false;
      } else {
        if (!same_shape(g_, v, result) || !reaches(v, sections)) return false;
        any = true;
      }
    }
    return any;
  }

  ValueId cut_bias(ValueId v, std::int64_t sections) {
    if (v == ValueId::kNone) return v;
    const Tensor bias = g_.value(v).constant;
    return bias.size() == 1 ? v : g_.add_constant(part_of(bias, bias.shape().size() - 1, ranks_, sections));
  }

  // The same node of parts; its outputs are in made_ then.
  void cut_node(NodeId id) {
    const std::int64_t sections = nodes_.at(id);
    std::vector<ValueId> inputs = g_.node(id).inputs;
    Attributes attrs = g_.node(id).attrs;
    if (is_plain_product(g_, id)) {
      const Tensor weight = g_.value(inputs[kB]).constant;
      inputs[kB] = g_.add_constant(part_of(weight, columns_axis(g_.node(id)), ranks_, sections));
      if (inputs.size() > kBias) inputs[kBias] = cut_bias(inputs[kBias], sections);
    } else if (is_op(g_, id, "Attention")) {
      for (const int i : {kQ, kK, kV}) inputs[static_cast<std::size_t>(i)] = cut(inputs[static_cast<std::size_t>(i)]);
      for (const char* heads : {"q_num_heads", "kv_num_heads"}) attrs.set(heads, attrs.i(heads) / count());
    } else if (is_op(g_, id, "Split")) {
      inputs = {cut(inputs[0])};
      attrs.set("num_outputs", static_cast<std::int64_t>(g_.node(id).outputs.size()));
    } else {
      for (ValueId& v : inputs) v = v != ValueId::kNone && g_.value(v).is_constant() ? cut_bias(v, sections) : cut(v);
    }
    const std::vector<ValueId> whole = g_.node(id).outputs;
    const std::string name = g_.node(id).name;
    const NodeId part = g_.add_node(*g_.node(id).op, std::move(inputs), std::move(attrs), static_cast<int>(whole.size()), name);
    infer_node(g_, part);
    for (std::size_t i = 0; i < whole.size(); ++i) made_[whole[i]] = g_.node(part).outputs[i];
  }

  Graph& g_;
  const Ranks& ranks_;
  std::map<NodeId, std::int64_t> nodes_;  // with the sections of what they make
  std::map<ValueId, ValueId> made_;
};

// %y = product by rows
void split(Graph& g, NodeId id, Region& region, const Ranks& ranks) {
  const std::string name = g.node(id).name;
  const ValueId y = output(g, id), bias = input(g, id, kBias);
  const Tensor weight = g.value(input(g, id, kB)).constant;
  const ValueId rows = g.add_constant(part_of(weight, rows_axis(g.node(id)), ranks));
  const Attributes attrs = g.node(id).attrs;
  const ValueId a = region.cut(input(g, id, kA));
  const ValueId part = build(g, op("FusedMatMul", kInternal), {a, rows}, attrs, name);
  ValueId sum = build(g, op("AllReduce", kInternal), {part}, {{"members", ranks.members}}, name);
  if (bias != ValueId::kNone) sum = build(g, "Add", {sum, bias}, {}, name);
  replace(g, y, sum);
  g.erase(id);
}

}  // namespace

bool split_over_ranks(Graph& g, const PassContext& ctx) {
  if (ctx.ranks.members.empty()) return false;
  bool changed = false;
  for (const NodeId id : g.topological_order()) {
    if (!is_plain_product(g, id) || !has_rank(g, output(g, id)) || dims(g, output(g, id)).size() < 3) continue;
    Region region(g, ctx.ranks);
    if (!region.reaches(input(g, id, kA)) || !region.is_closed(id)) continue;
    split(g, id, region, ctx.ranks);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
