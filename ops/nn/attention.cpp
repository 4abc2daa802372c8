// Attention: y = softmax(cap(scale * q . k^T) + mask) . v for every head; several query heads may share a key head.
// Inputs q, k, v (3-D [B, S, heads * size] with q_num_heads and kv_num_heads, or 4-D [B, heads, S, size]), attn_mask (bool: true
// takes part; else added), past_key, past_value ([B, kv heads, P, size], put in front), nonpad_kv_seqlen [B] (valid keys).
// Outputs y, present_key, present_value (past and new joined, 4-D), qk_matmul_output (see qk_matmul_output_mode).
// Versions: 24 adds nonpad_kv_seqlen and masks shorter than the keys, 25 the windows; their defaults say what 23 did.
#include <limits>

#include "engine/ir/reference.h"
#include "ops/common/broadcast_index.h"
#include "ops/common/shape_checks.h"
#include "ops/nn/attention_core.h"

namespace onnxrun {
namespace {

enum Input { kQ, kK, kV, kMask, kPastKey, kPastValue, kNonpad };

// q, k or v as [B, heads, S, size]; nullopt when its shape is unknown.
std::optional<Dims> heads_view(const InferContext& ctx, int i, std::string_view heads_attribute) {
  if (!ctx.has_shape(i)) return std::nullopt;
  const Dims& s = ctx.shape(i);
  require(s.size() == 3 || s.size() == 4, "input {} has shape {}, want rank 3 or 4", i, dims_str(s));
  require(!ctx.has_shape(kQ) || ctx.rank(kQ) == ctx.rank(i), "inputs 0 and {} have ranks {} and {}, want the same", i,
          ctx.rank(kQ), s.size());
  if (s.size() == 4) return s;
  const std::int64_t heads = ctx.attrs().i(heads_attribute, 0);
  require(heads >= 1, "attribute {} is {}; inputs of rank 3 need it to be 1 or more", heads_attribute, heads);
  const std::optional<Dim> size = exact_div(s[2], heads);
  require(size || !s[2].known(), "input {} has shape {}, whose last dimension doesn't divide into {} heads", i, dims_str(s),
          heads);
  return Dims{s[0], heads, s[1], size ? *size : floor_div(s[2], heads)};
}

void check_attributes(const InferContext& ctx) {
  for (int i = kQ; i <= kV; ++i) want_float(ctx, i);
  want_same_dtype(ctx, kK, kQ);
  want_same_dtype(ctx, kPastKey, kQ);
  want_same_dtype(ctx, kPastValue, kV);
  want_dtype(ctx, kNonpad, {DType::kInt64});
  const std::int64_t mode = ctx.attrs().i("qk_matmul_output_mode");
  require(mode >= 0 && mode <= 3, "attribute qk_matmul_output_mode is {}, want 0 to 3", mode);
  for (const char* name : {"left_window_size", "right_window_size"}) {
    require(ctx.attrs().i(name) >= -1, "attribute {} is {}, want -1 or more", name, ctx.attrs().i(name));
  }
  require(ctx.has(kPastKey) == ctx.has(kPastValue), "has one of past_key and past_value, want both or none");
  require(!ctx.has(kPastKey) || !ctx.has(kNonpad), "has past_key and nonpad_kv_seqlen, want one of them");
}

void infer(InferContext& ctx) {
  check_attributes(ctx);
  for (int i = 0; i < 4; ++i) ctx.set(i, ctx.dtype(i == 2 ? kV : kQ), std::nullopt);
  const auto q = heads_view(ctx, kQ, "q_num_heads"), k = heads_view(ctx, kK, "kv_num_heads"),
             v = heads_view(ctx, kV, "kv_num_heads");
  if (!q || !k || !v) return;
  const Dim batch = same_dim(same_dim((*q)[0], (*k)[0], "the batch"), (*v)[0], "the batch");
  const Dim kv_heads = same_dim((*k)[1], (*v)[1], "the number of key and value heads");
  const Dim fresh_len = same_dim((*k)[2], (*v)[2], "the number of keys and values"),
            head = same_dim((*q)[3], (*k)[3], "the head size");
  const Dim &q_heads = (*q)[1], &q_len = (*q)[2], &v_head = (*v)[3];
  require(!q_heads.known() || !kv_heads.known() || (kv_heads.value() > 0 && q_heads.value() % kv_heads.value() == 0),
          "{} query heads are no multiple of {} key heads", q_heads.str(), kv_heads.str());
  Dim total = fresh_len;
  if (ctx.has(kPastKey)) {
    want_rank(ctx, kPastKey, 4);
    const Dim past = ctx.has_shape(kPastKey) ? ctx.shape(kPastKey)[2] : ctx.fresh();
    want_shape(ctx, kPastKey, {batch, kv_heads, past, head});
    want_shape(ctx, kPastValue, {batch, kv_heads, past, v_head});
    total = past + fresh_len;
  }
  if (ctx.has_shape(kMask)) {
    require(ctx.rank(kMask) >= 1, "the mask is a scalar, want rank 1 to 4");
    const Dim& last = ctx.shape(kMask).back();
    const bool shorter = last.known() && total.known() && last.value() <= total.value();
    want_broadcast(ctx, kMask, {batch, q_heads, q_len, shorter || !total.known() ? last : total});
  }
  want_shape(ctx, kNonpad, {batch});
  ctx.set(0, ctx.dtype(kQ), ctx.rank(kQ) == 3 ? Dims{batch, q_len, q_heads * v_head} : Dims{batch, q_heads, q_len, v_head});
  ctx.set(1, ctx.dtype(kQ), Dims{batch, kv_heads, total, head});
  ctx.set(2, ctx.dtype(kV), Dims{batch, kv_heads, total, v_head});
  ctx.set(3, ctx.dtype(kQ), Dims{batch, q_heads, q_len, total});
}

// q, k or v as doubles [B, heads, S, size].
struct Heads {
  std::int64_t batch, heads, length, size;
  Reals x;
  Heads(const ReferenceContext& ctx, int i, std::string_view heads_attribute) : x(read_reals(ctx.in(i))) {
    const auto s = ctx.in(i).shape;
    batch = s[0];
    heads = s.size() == 4 ? s[1] : ctx.attrs().i(heads_attribute);
    length = s.size() == 4 ? s[2] : s[1];
    size = s.size() == 4 ? s[3] : s[2] / heads;
    if (s.size() == 3) x = heads_first(x, batch, length, heads);
  }
  void put_in_front(const TensorView& past) {
    const std::int64_t past_length = past.shape[2];
    x = join(read_reals(past), past_length, x, length, batch * heads, size);
    length += past_length;
  }
};

// The additive mask from attn_mask, is_causal, the windows and nonpad_kv_seqlen together.
class Bias {
 public:
  Bias(const ReferenceContext& ctx, const Heads& q, std::int64_t past)
      : causal_(ctx.attrs().i("is_causal") != 0),
        left_(ctx.attrs().i("left_window_size")),
        right_(ctx.attrs().i("right_window_size")),
        boolean_(ctx.has(kMask) && ctx.in(kMask).dtype == DType::kBool),
        heads_(q.heads),
        q_len_(q.length),
        mask_(read_reals(ctx.has(kMask) ? ctx.in(kMask) : TensorView{})),
        offset_(static_cast<std::size_t>(q.batch), past),
        valid_(static_cast<std::size_t>(q.batch), std::numeric_limits<std::int64_t>::max()) {
    if (ctx.has(kMask)) {
      last_ = ctx.in(kMask).shape.back();
      at_.emplace(ctx.in(kMask).shape, Shape{q.batch, q.heads, q.length, last_});
    }
    for (std::size_t b = 0; ctx.has(kNonpad) && b < valid_.size(); ++b) {
      valid_[b] = ctx.in<std::int64_t>(kNonpad)[b];
      offset_[b] = valid_[b] - q.length;
    }
  }

  double operator()(std::int64_t b, std::int64_t h, std::int64_t i, std::int64_t j) const {
    constexpr double kMasked = -std::numeric_limits<double>::infinity();
    const std::int64_t position = i + offset_[static_cast<std::size_t>(b)];
    if (causal_ && j > position) return kMasked;
    if (left_ >= 0 && j < position - left_) return kMasked;
    if (right_ >= 0 && j > position + right_) return kMasked;
    if (j >= valid_[static_cast<std::size_t>(b)]) return kMasked;
    if (!at_) return 0;
    if (last_ != 1 && j >= last_) return kMasked;
    const double m = mask_[(*at_)(((b * heads_ + h) * q_len_ + i) * last_ + (last_ == 1 ? 0 : j))];
    return boolean_ ? (m != 0 ? 0 : kMasked) : m;
  }

 private:
  bool causal_;
  std::int64_t left_, right_;
  bool boolean_;
  std::int64_t heads_, q_len_, last_ = 0;
  Reals mask_;
  std::optional<BroadcastIndex> at_;
  std::vector<std::int64_t> offset_, valid_;
};

void reference(ReferenceContext& ctx) {
  const Heads q(ctx, kQ, "q_num_heads");
  Heads k(ctx, kK, "kv_num_heads"), v(ctx, kV, "kv_num_heads");
  std::int64_t past = 0;
  if (ctx.has(kPastKey)) {
    past = ctx.in(kPastKey).shape[2];
    k.put_in_front(ctx.in(kPastKey));
    v.put_in_front(ctx.in(kPastValue));
  }
  const AttentionShape shape{q.batch, q.heads, k.heads, q.length, k.length, q.size, v.size};
  AttentionOptions options;
  options.scale = ctx.attrs().has("scale") ? ctx.attrs().f("scale") : 1 / std::sqrt(static_cast<double>(q.size));
  options.softcap = ctx.attrs().f("softcap");
  if (ctx.wants(3)) options.capture = static_cast<Scores>(ctx.attrs().i("qk_matmul_output_mode"));
  const Bias bias(ctx, q, past);
  Reals scores;
  const Reals y = attend(shape, q.x, k.x, v.x, options, bias, ctx.wants(3) ? &scores : nullptr);
  write_reals(ctx.out(0), ctx.in(kQ).shape.size() == 3 ? heads_last(y, q.batch, q.length, q.heads) : y);
  if (ctx.wants(1)) write_reals(ctx.out(1), k.x);
  if (ctx.wants(2)) write_reals(ctx.out(2), v.x);
  if (ctx.wants(3)) write_reals(ctx.out(3), scores);
}

}  // namespace

std::span<const OpDef> attention_ops() {
  static const OpDef defs[] = {
      {.name = "Attention",
       .versions = {23, 24, 25},
       .inputs = {3, 7},
       .outputs = {1, 4},
       .attributes = {{"is_causal", std::int64_t{0}},
                      {"kv_num_heads"},
                      {"left_window_size", std::int64_t{-1}},
                      {"q_num_heads"},
                      {"qk_matmul_output_mode", std::int64_t{0}},
                      {"right_window_size", std::int64_t{-1}},
                      {"scale"},
                      {"softcap", 0.0f},
                      {"softmax_precision"}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
