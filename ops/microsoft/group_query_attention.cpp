// com.microsoft.GroupQueryAttention(query, key?, value?, past_key?, past_value?, seqlens_k, total_sequence_length, cos_cache?,
// sin_cache?, position_ids?, attention_bias?, head_sink?): causal attention with a cache of keys and values.
// query [B, S, Hq*D] (or [B, S, (Hq + 2*Hkv)*D] with keys and values behind it), key and value [B, S, Hkv*D], caches [B, Hkv, P,
// D]; seqlens_k[b] + 1 keys of item b are valid after this step. In the first step (S = total_sequence_length) there is no past
// and what follows an item's last token is padding; later, the past of item b has seqlens_k[b] + 1 - S tokens. do_rotary turns
// queries and keys; local_window_size lets a query see that many keys, itself included; smooth_softmax and head_sink add a key of
// score 0 or of the head's number. Outputs [B, S, Hq*D], and the caches [B, Hkv, max(P, total), D].
#include <limits>

#include "engine/ir/reference.h"
#include "ops/common/shape_checks.h"
#include "ops/nn/attention_core.h"

namespace onnxrun {
namespace {

enum Input {
  kQ,
  kK,
  kV,
  kPastKey,
  kPastValue,
  kLengths,
  kTotal,
  kCos,
  kSin,
  kPositions,
  kBias,
  kSink,
  kKScale,
  kVScale,
  kQNorm,
  kKNorm
};

void check_attributes(const InferContext& ctx) {
  const std::int64_t q = ctx.attrs().i("num_heads"), kv = ctx.attrs().i("kv_num_heads");
  require(kv >= 1 && q >= 1 && q % kv == 0, "has {} query heads and {} key heads, want a multiple", q, kv);
  for (const int i : {kKScale, kVScale, kQNorm, kKNorm}) {
    require(ErrorCode::kUnsupported, !ctx.has(i), "input {} is given: quantized caches and normalized queries are not supported",
            i);
  }
  require(ErrorCode::kUnsupported, ctx.attrs().i("sliding_window_cache") == 0,
          "attribute sliding_window_cache is set, which is not supported");
  require(ErrorCode::kUnsupported, ctx.attrs().i("qk_output") == 0, "attribute qk_output is set, which is not supported");
  require(ctx.has(kLengths) && ctx.has(kTotal), "inputs seqlens_k and total_sequence_length are needed");
  require(ctx.has(kK) == ctx.has(kV), "has one of key and value, want both or none");
  require(ctx.has(kPastKey) == ctx.has(kPastValue), "has one of past_key and past_value, want both or none");
  require(ctx.attrs().i("do_rotary", 0) == 0 || (ctx.has(kCos) && ctx.has(kSin)),
          "attribute do_rotary is set, but the caches are missing");
}

// The size of the caches that come out: fixed when total_sequence_length is known.
Dim cache_length(InferContext& ctx) {
  const std::vector<Dim>* total = ctx.contents(kTotal);
  const bool known = total != nullptr && !total->empty() && (*total)[0].known();
  if (!ctx.has(kPastKey)) return known ? (*total)[0] : ctx.fresh();
  if (!known || !ctx.has_shape(kPastKey) || !ctx.shape(kPastKey)[2].known()) return ctx.fresh();
  return std::max((*total)[0].value(), ctx.shape(kPastKey)[2].value());
}

void infer(InferContext& ctx) {
  check_attributes(ctx);
  want_float(ctx, kQ);
  for (const int i : {kK, kV, kPastKey, kPastValue, kCos, kSin, kBias, kSink}) want_same_dtype(ctx, kQ, i);
  for (const int i : {kLengths, kTotal}) want_dtype(ctx, i, {DType::kInt32});
  want_dtype(ctx, kPositions, {DType::kInt64});
  want_single(ctx, kTotal);
  for (const int i : {kQ, kK, kV}) want_rank(ctx, i, 3);
  for (const int i : {kPastKey, kPastValue}) want_rank(ctx, i, 4);
  for (int i = 0; i < 3; ++i) ctx.set(i, ctx.dtype(kQ), std::nullopt);
  if (!ctx.has_shape(kQ)) return;
  const Dims q = ctx.shape(kQ);
  const std::int64_t heads = ctx.attrs().i("num_heads"), kv_heads = ctx.attrs().i("kv_num_heads");
  const std::int64_t parts = ctx.has(kK) ? heads : heads + 2 * kv_heads;
  require(!q[2].known() || q[2].value() % parts == 0, "the query has shape {}, which doesn't divide into {} heads", dims_str(q),
          parts);
  const Dim size = floor_div(q[2], parts);
  for (const int i : {kK, kV}) want_shape(ctx, i, {q[0], q[1], size * kv_heads});
  const Dim past = ctx.has_shape(kPastKey) ? ctx.shape(kPastKey)[2] : ctx.fresh();
  for (const int i : {kPastKey, kPastValue}) want_shape(ctx, i, {q[0], kv_heads, past, size});
  if (ctx.has_shape(kLengths))
    require(dims_product(ctx.shape(kLengths)) == q[0] || !dims_product(ctx.shape(kLengths)).known() || !q[0].known(),
            "seqlens_k has shape {}, want one number per item", dims_str(ctx.shape(kLengths)));
  for (const int i : {kCos, kSin}) {
    want_rank(ctx, i, 2);
    if (ctx.has_shape(i) && size.known() && ctx.shape(i)[1].known()) {
      require(ctx.shape(i)[1].value() * 2 <= size.value(), "input {} has shape {} for heads of size {}", i,
              dims_str(ctx.shape(i)), size.str());
    }
  }
  if (ctx.has_shape(kCos)) want_shape(ctx, kSin, ctx.shape(kCos));
  want_rank(ctx, kPositions, 2);
  want_shape(ctx, kSink, {heads});
  want_rank(ctx, kBias, 4);
  const Dim cache = cache_length(ctx);
  ctx.set(0, ctx.dtype(kQ), Dims{q[0], q[1], size * heads});
  for (const int i : {1, 2}) ctx.set(i, ctx.dtype(kQ), Dims{q[0], kv_heads, cache, size});
}

struct Problem {
  std::int64_t batch, length, heads, kv_heads, size, past_room, total, cache;
  std::vector<std::int64_t> past;  // valid keys before this step, per item
  std::vector<std::int64_t> keys;  // after it
};

Problem read_problem(const ReferenceContext& ctx) {
  const auto q = ctx.in(kQ).shape;
  Problem p{q[0], q[1], ctx.attrs().i("num_heads"), ctx.attrs().i("kv_num_heads"), 0, 0, ctx.in<std::int32_t>(kTotal)[0], 0,
            {},   {}};
  p.size = q[2] / (ctx.has(kK) ? p.heads : p.heads + 2 * p.kv_heads);
  p.past_room = ctx.has(kPastKey) ? ctx.in(kPastKey).shape[2] : 0;
  p.cache = std::max(p.past_room, p.total);
  const bool first = p.length == p.total;
  for (std::int64_t b = 0; b < p.batch; ++b) {
    const std::int64_t keys = std::int64_t{ctx.in<std::int32_t>(kLengths)[static_cast<std::size_t>(b)]} + 1,
                       past = first ? 0 : keys - p.length;
    require(ErrorCode::kUsage, keys >= 1 && keys <= p.total && past >= 0 && past <= p.past_room && past + p.length <= p.cache,
            "seqlens_k[{}] is {}, which doesn't fit {} new tokens, a cache of {} and a total of {}", b, keys - 1, p.length,
            p.past_room, p.total);
    p.past.push_back(past);
    p.keys.push_back(first ? p.length : keys);
  }
  return p;
}

// Columns [begin, end) of rows of `width`.
Reals columns(const Reals& x, std::int64_t width, std::int64_t begin, std::int64_t end) {
  Reals out;
  for (std::size_t at = 0; at < x.size(); at += static_cast<std::size_t>(width)) {
    out.insert(out.end(), x.begin() + static_cast<std::ptrdiff_t>(at) + begin, x.begin() + static_cast<std::ptrdiff_t>(at) + end);
  }
  return out;
}

// Turns x [B, heads, S, D] in place.
void rotate(const ReferenceContext& ctx, const Problem& p, std::int64_t heads, Reals& x) {
  const Reals cosines = read_reals(ctx.in(kCos)), sines = read_reals(ctx.in(kSin));
  const std::int64_t rows = ctx.in(kCos).shape[0], half = ctx.in(kCos).shape[1];
  const bool interleaved = ctx.attrs().i("rotary_interleaved", 0) != 0;
  const auto given = ctx.has(kPositions) ? ctx.in<std::int64_t>(kPositions) : std::span<const std::int64_t>();
  for (std::int64_t b = 0; b < p.batch; ++b) {
    for (std::int64_t s = 0; s < p.length; ++s) {
      const auto token = static_cast<std::size_t>(b * p.length + s);
      const std::int64_t row = token < given.size() ? given[token] : p.past[static_cast<std::size_t>(b)] + s;
      require(ErrorCode::kUsage, row >= 0 && row < rows, "position {} is beyond the {} rows of the rotary caches", row, rows);
      for (std::int64_t h = 0; h < heads; ++h) {
        double* head = x.data() + ((b * heads + h) * p.length + s) * p.size;
        for (std::int64_t k = 0; k < half; ++k) {
          double &x1 = head[interleaved ? 2 * k : k], &x2 = head[interleaved ? 2 * k + 1 : k + half];
          const double c = cosines[static_cast<std::size_t>(row * half + k)], n = sines[static_cast<std::size_t>(row * half + k)];
          const double turned = c * x1 - n * x2;
          x2 = n * x1 + c * x2;
          x1 = turned;
        }
      }
    }
  }
}

// The cache [B, Hkv, cache, D]: past tokens, the new ones behind them, zeros or old contents at the end.
Reals extend_cache(const ReferenceContext& ctx, const Problem& p, int past, const Reals& fresh) {
  Reals out(static_cast<std::size_t>(p.batch * p.kv_heads * p.cache * p.size), 0.0);
  const Reals old = ctx.has(past) ? read_reals(ctx.in(past)) : Reals();
  for (std::int64_t head = 0; head < p.batch * p.kv_heads; ++head) {
    double* to = out.data() + head * p.cache * p.size;
    if (!old.empty()) std::copy_n(old.begin() + head * p.past_room * p.size, p.past_room * p.size, to);
    std::copy_n(fresh.begin() + head * p.length * p.size, p.length * p.size,
                to + p.past[static_cast<std::size_t>(head / p.kv_heads)] * p.size);
  }
  return out;
}

double mask(const ReferenceContext& ctx, const Problem& p, const Reals& bias, std::int64_t b, std::int64_t h, std::int64_t i,
            std::int64_t j) {
  constexpr double kMasked = -std::numeric_limits<double>::infinity();
  const std::int64_t window = ctx.attrs().i("local_window_size"), position = p.past[static_cast<std::size_t>(b)] + i;
  if (j >= p.keys[static_cast<std::size_t>(b)] || (ctx.attrs().i("causal") != 0 && j > position)) return kMasked;
  if (window > 0 && j <= position - window) return kMasked;
  if (bias.empty()) return 0;
  const auto s = ctx.in(kBias).shape;
  require(j < s[3] && i < s[2], "attention_bias has shape {}, which does not hold query {} and key {}",
          dims_str(dims_of(Shape(s.begin(), s.end()))), i, j);
  return bias[static_cast<std::size_t>((((s[0] == 1 ? 0 : b) * s[1] + (s[1] == 1 ? 0 : h)) * s[2] + i) * s[3] + j)];
}

void reference(ReferenceContext& ctx) {
  const Problem p = read_problem(ctx);
  Reals q = read_reals(ctx.in(kQ)), k, v;
  if (ctx.has(kK)) {
    k = read_reals(ctx.in(kK));
    v = read_reals(ctx.in(kV));
  } else {
    const std::int64_t width = (p.heads + 2 * p.kv_heads) * p.size, q_end = p.heads * p.size, k_end = q_end + p.kv_heads * p.size;
    k = columns(q, width, q_end, k_end);
    v = columns(q, width, k_end, width);
    q = columns(q, width, 0, q_end);
  }
  q = heads_first(q, p.batch, p.length, p.heads);
  k = heads_first(k, p.batch, p.length, p.kv_heads);
  v = heads_first(v, p.batch, p.length, p.kv_heads);
  if (ctx.attrs().i("do_rotary", 0) != 0) {
    rotate(ctx, p, p.heads, q);
    rotate(ctx, p, p.kv_heads, k);
  }
  const Reals keys = extend_cache(ctx, p, kPastKey, k), values = extend_cache(ctx, p, kPastValue, v);
  AttentionOptions options;
  const float scale = ctx.attrs().f("scale", 0);
  options.scale = scale != 0 ? scale : 1 / std::sqrt(static_cast<double>(p.size));
  options.softcap = ctx.attrs().f("softcap", 0);
  const Reals sink = ctx.has(kSink) ? read_reals(ctx.in(kSink)) : Reals(static_cast<std::size_t>(p.heads), 0.0);
  if (ctx.has(kSink) || ctx.attrs().i("smooth_softmax") > 0) options.sinks = sink;
  const Reals bias = ctx.has(kBias) ? read_reals(ctx.in(kBias)) : Reals();
  const AttentionShape shape{p.batch, p.heads, p.kv_heads, p.length, p.cache, p.size, p.size};
  const Reals y = attend(shape, q, keys, values, options, [&](std::int64_t b, std::int64_t h, std::int64_t i, std::int64_t j) {
    return mask(ctx, p, bias, b, h, i, j);
  });
  write_reals(ctx.out(0), heads_last(y, p.batch, p.length, p.heads));
  const Shape cache{p.batch, p.kv_heads, p.cache, p.size};
  if (ctx.wants(1)) write_reals(ctx.allocate(1, cache), keys);
  if (ctx.wants(2)) write_reals(ctx.allocate(2, cache), values);
}

}  // namespace

std::span<const OpDef> group_query_attention_ops() {
  static const OpDef defs[] = {
      {.name = "GroupQueryAttention",
       .domain = kMicrosoft,
       .inputs = {1, 16},
       .outputs = {1, 4},
       .attributes = {{"causal", std::int64_t{1}},
                      {"do_rotary"},
                      {"k_quant_type"},
                      {"kv_cache_bit_width"},
                      {"kv_num_heads", std::nullopt, true},
                      {"local_window_size", std::int64_t{-1}},
                      {"num_heads", std::nullopt, true},
                      {"qk_norm_epsilon"},
                      {"qk_output", std::int64_t{0}},
                      {"rotary_interleaved"},
                      {"scale"},
                      {"sliding_window_cache", std::int64_t{0}},
                      {"smooth_softmax", std::int64_t{-1}},
                      {"softcap"},
                      {"v_quant_type"}},
       .infer = infer,
       .reference = reference,
       .traits = {.shape_inputs = 1u << kTotal}},
  };
  return defs;
}

}  // namespace onnxrun
