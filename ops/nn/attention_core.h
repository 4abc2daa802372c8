// Scaled dot-product attention on doubles: what Attention and its com.microsoft relatives share.
#pragma once

#include "engine/base/function_ref.h"
#include "ops/common/reals.h"

namespace onnxrun {

struct AttentionShape {
  std::int64_t batch, q_heads, kv_heads, q_len, kv_len, head, v_head;  // q_heads is a multiple of kv_heads
};

// The additive mask for (batch, query head, query, key): 0, a number, or -infinity.
using AttentionBias = FunctionRef<double(std::int64_t b, std::int64_t h, std::int64_t i, std::int64_t j)>;

enum class Scores { kNone = -1, kRaw = 0, kCapped = 1, kBiased = 2, kSoftmax = 3 };  // what `scores` shall hold

struct AttentionOptions {
  double scale = 1;
  double softcap = 0;  // s -> softcap * tanh(s / softcap), 0 = none
  Scores capture = Scores::kNone;
  Reals sinks;  // per query head: the score of one more key whose value is 0; empty = none
};

// y[B, Hq, Sq, Dv] = softmax(cap(scale * q . k) + bias) . v for q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv].
// A query whose bias is -infinity for every key gives zeros. `scores` [B, Hq, Sq, Skv] is filled as `capture` says.
Reals attend(const AttentionShape& shape, const Reals& q, const Reals& k, const Reals& v, const AttentionOptions& options,
             AttentionBias bias, Reals* scores = nullptr);

// [B, S, H * D] as [B, H, S, D], and back.
Reals heads_first(const Reals& x, std::int64_t batch, std::int64_t length, std::int64_t heads);
Reals heads_last(const Reals& x, std::int64_t batch, std::int64_t length, std::int64_t heads);
// Joins [outer, a_len, inner] and [outer, b_len, inner] along the middle.
Reals join(const Reals& a, std::int64_t a_len, const Reals& b, std::int64_t b_len, std::int64_t outer, std::int64_t inner);

}  // namespace onnxrun
