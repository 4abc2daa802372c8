// ai.onnx.preview FlexAttention: y = prob_mod(softmax(score_mod(scale * q . k))) . v for q [B, Hq, L, E], k [B, Hkv, S, E],
// v [B, Hkv, S, Ev]; Hq / Hkv query heads share a key head. score_mod and prob_mod are graphs from one [B, Hq, L, S] to another of
// the same shape, or absent. They and the softmax work in softmax_precision (default float, double for double).
// A composite: plain Attention without such graphs, else its steps in standard operators with the graphs between them, each step
// in the type in which the function body of the standard has it.
#include <algorithm>
#include <cmath>

#include "engine/ir/splice.h"
#include "ops/common/shape_checks.h"
#include "ops/microsoft/expand.h"

namespace onnxrun {
namespace {

enum Input { kQ, kK, kV };

void check_inputs(const InferContext& ctx) {
  for (int i = kQ; i <= kV; ++i) {
    want_float(ctx, i);
    want_same_dtype(ctx, i, kQ);
    want_rank(ctx, i, 4);
  }
  const auto want_same = [&](int a, int b, std::size_t d, std::string_view what) {
    if (ctx.has_shape(a) && ctx.has_shape(b)) same_dim(ctx.shape(a)[d], ctx.shape(b)[d], what);
  };
  want_same(kQ, kK, 0, "the batch");
  want_same(kK, kV, 0, "the batch");
  want_same(kK, kV, 1, "the number of key and value heads");
  want_same(kK, kV, 2, "the number of keys and values");
  want_same(kQ, kK, 3, "the head size");
  if (!ctx.has_shape(kQ) || !ctx.has_shape(kK)) return;
  const Dim &q_heads = ctx.shape(kQ)[1], &kv_heads = ctx.shape(kK)[1];
  require(!q_heads.known() || !kv_heads.known() || (kv_heads.value() > 0 && q_heads.value() % kv_heads.value() == 0),
          "{} query heads are no multiple of {} key heads", q_heads.str(), kv_heads.str());
}

DType softmax_dtype(const Attributes& attrs, DType dtype) {
  if (!attrs.has("softmax_precision")) return dtype == DType::kFloat64 ? dtype : DType::kFloat32;
  const DType given = dtype_attribute(attrs, "softmax_precision");
  const auto allowed = {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16};
  require(std::ranges::find(allowed, given) != allowed.end(), "attribute softmax_precision is {}, want a float type", dtype_name(given));
  return given;
}

// sqrt(scale), by which q and k are multiplied each.
ValueId scale_root(UpgradeContext& ctx, DType dtype) {
  const Type& q = ctx.type(kQ);
  if (ctx.attrs().has("scale")) return scalar(ctx, dtype, std::sqrt(ctx.attrs().f("scale")));
  if (q.ranked() && q.dims()[3].known()) return scalar(ctx, dtype, std::sqrt(1 / std::sqrt(static_cast<float>(q.dims()[3].value()))));
  const ValueId size = cast(ctx, size_of(ctx, ctx.in(kQ), 3), DType::kFloat32);
  return cast(ctx, ctx.build("Sqrt", {ctx.build("Reciprocal", {ctx.build("Sqrt", {size})})}), dtype);
}

// [B, Hq, L, n] with the rows of the query heads that share a key head below each other: [B, Hkv, Hq / Hkv * L, n]; and back.
class Groups {
 public:
  explicit Groups(UpgradeContext& ctx) : ctx_(ctx) {
    const Type &q = ctx.type(kQ), &k = ctx.type(kK);
    none_ = q.ranked() && k.ranked() && q.dims()[1] == k.dims()[1];
    if (none_) return;
    q_heads_ = size_of(ctx, ctx.in(kQ), 1);
    kv_heads_ = size_of(ctx, ctx.in(kK), 1);
    rows_ = size_of(ctx, ctx.in(kQ), 2);
  }
  ValueId join(ValueId x) {
    if (none_) return x;
    return reshape(x, kv_heads_, ctx_.build("Mul", {ctx_.build("Div", {q_heads_, kv_heads_}), rows_}));
  }
  ValueId part(ValueId x) { return none_ ? x : reshape(x, q_heads_, rows_); }

 private:
  ValueId reshape(ValueId x, ValueId heads, ValueId rows) {
    const ValueId same = ctx_.ints({0});
    return ctx_.build("Reshape", {x, ctx_.build("Concat", {same, heads, rows, same}, {{"axis", std::int64_t{0}}})});
  }

  UpgradeContext& ctx_;
  bool none_ = false;
  ValueId q_heads_ = ValueId::kNone, kv_heads_ = ValueId::kNone, rows_ = ValueId::kNone;
};

// What the graph `name` makes of x; x itself when there is no such graph.
ValueId modified(UpgradeContext& ctx, std::string_view name, ValueId x) {
  const auto& subgraphs = ctx.node().subgraphs;
  const auto at = std::ranges::find(subgraphs, name, &Subgraph::name);
  if (at == subgraphs.end()) return x;
  return with_context([&] { return name; }, [&] {
    const Graph inner = *at->graph;  // copied: the graph around it grows below
    std::vector<ValueId> actual{x};
    actual.insert(actual.end(), ctx.node().inputs.end() - ctx.node().captures, ctx.node().inputs.end());
    require(inner.inputs.size() == actual.size() && inner.outputs.size() == 1, "the graph has {} inputs and {} outputs, want 1 of each",
            inner.inputs.size() + 1 - actual.size(), inner.outputs.size());
    const std::size_t first = ctx.graph().node_capacity();
    const ValueId y = splice(ctx.graph(), inner, actual)[0];
    for (std::size_t i = first; i < ctx.graph().node_capacity(); ++i) infer_node(ctx.graph(), static_cast<NodeId>(i));
    const Type &from = type_of(ctx, x), &to = type_of(ctx, y);
    require(from.dtype == to.dtype && (!to.ranked() || to.rank() == 4), "the graph makes {} of {}, want the same type", to.str(), from.str());
    return y;
  });
}

void upgrade(UpgradeContext& ctx) {
  check_inputs(InferContext(ctx.graph(), ctx.id()));
  const DType dtype = ctx.type(kQ).dtype;
  require(ErrorCode::kUnsupported, dtype != DType::kUndefined, "the element type of input 0 is not known");
  const DType precise = softmax_dtype(ctx.attrs(), dtype);
  if (ctx.node().subgraphs.empty() && precise == dtype) {
    Attributes attrs;
    if (ctx.attrs().has("scale")) attrs.set("scale", ctx.attrs().f("scale"));
    return ctx.replace_with({ctx.build("Attention", {ctx.in(kQ), ctx.in(kK), ctx.in(kV)}, std::move(attrs))});
  }
  Groups groups(ctx);
  const ValueId root = scale_root(ctx, dtype);
  const ValueId q = groups.join(ctx.build("Mul", {ctx.in(kQ), root})), k = ctx.build("Mul", {ctx.in(kK), root});
  const ValueId product = groups.part(ctx.build("MatMul", {q, transpose(ctx, k, {0, 1, 3, 2})}));
  const ValueId scores = modified(ctx, "score_mod", cast(ctx, product, precise));
  const ValueId probabilities = modified(ctx, "prob_mod", ctx.build("Softmax", {scores}));
  const ValueId y = ctx.build("MatMul", {groups.join(probabilities), cast(ctx, ctx.in(kV), precise)});
  ctx.replace_with({cast(ctx, groups.part(y), dtype)});
}

}  // namespace

std::span<const OpDef> flex_attention_ops() {
  static const OpDef defs[] = {{.name = "FlexAttention", .domain = "ai.onnx.preview", .inputs = {3, 3}, .upgrade = upgrade}};
  return defs;
}

}  // namespace onnxrun
