// RotaryEmbedding: each head's vector is turned, pair by pair, by an angle that depends on its position:
//   (x1, x2) -> (cos x1 - sin x2, sin x1 + cos x2), pairs being (k, k + half) or, when interleaved, (2k, 2k + 1).
// Only the first rotary_embedding_dim elements of a head turn (0 = all). Inputs x [B, S, heads * size] with num_heads, or
// [B, heads, S, size]; caches [positions, half] with position_ids [B, S], or [B, S, half] without.
#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

enum Input { kX, kCos, kSin, kPositions };

// x as batch, sequence, heads, size.
struct Heads {
  Dim batch, length, heads, size;
};

Heads heads_of(const InferContext& ctx) {
  const Dims& x = ctx.shape(kX);
  require(x.size() == 3 || x.size() == 4, "input 0 has shape {}, want rank 3 or 4", dims_str(x));
  if (x.size() == 4) return {x[0], x[2], x[1], x[3]};
  const std::int64_t heads = ctx.attrs().i("num_heads", 0);
  require(heads >= 1, "attribute num_heads is {}; an input of rank 3 needs it to be 1 or more", heads);
  require(!x[2].known() || x[2].value() % heads == 0, "input 0 has shape {}, whose last dimension doesn't divide into {} heads",
          dims_str(x), heads);
  return {x[0], x[1], heads, floor_div(x[2], heads)};
}

void infer(InferContext& ctx) {
  want_float(ctx, kX);
  want_same_dtype(ctx, kX, kCos);
  want_same_dtype(ctx, kX, kSin);
  want_dtype(ctx, kPositions, {DType::kInt64});
  ctx.set(0, ctx.dtype(kX), ctx.in(kX).shape);
  const std::int64_t turned = ctx.attrs().i("rotary_embedding_dim");
  require(turned >= 0 && turned % 2 == 0, "attribute rotary_embedding_dim is {}, want an even number", turned);
  if (!ctx.has_shape(kX)) return;
  const Heads h = heads_of(ctx);
  require(!h.size.known() || turned <= h.size.value(), "attribute rotary_embedding_dim is {}, but heads have size {}", turned,
          h.size.str());
  require(turned != 0 || !h.size.known() || h.size.value() % 2 == 0, "heads have size {}, want an even number", h.size.str());
  const Dim half = turned != 0 ? Dim(turned / 2) : floor_div(h.size, 2);
  const Dims cache = ctx.has(kPositions)
                         ? Dims{ctx.has_shape(kCos) && ctx.rank(kCos) > 0 ? ctx.shape(kCos)[0] : ctx.fresh(), half}
                         : Dims{h.batch, h.length, half};
  want_shape(ctx, kCos, cache);
  want_shape(ctx, kSin, cache);
  want_shape(ctx, kPositions, {h.batch, h.length});
}

void reference(ReferenceContext& ctx) {
  const auto s = ctx.in(kX).shape;
  const bool first = s.size() == 4;  // heads before the sequence
  const std::int64_t batch = s[0], length = s[first ? 2 : 1], heads = first ? s[1] : ctx.attrs().i("num_heads");
  const std::int64_t size = first ? s[3] : s[2] / heads, given = ctx.attrs().i("rotary_embedding_dim");
  const std::int64_t half = (given != 0 ? given : size) / 2, rows = ctx.in(kCos).shape[0];
  const bool interleaved = ctx.attrs().i("interleaved") != 0;
  Reals x = read_reals(ctx.in(kX));
  const Reals cosines = read_reals(ctx.in(kCos)), sines = read_reals(ctx.in(kSin));
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t t = 0; t < length; ++t) {
      const std::int64_t token = b * length + t,
                         row = ctx.has(kPositions) ? ctx.in<std::int64_t>(kPositions)[static_cast<std::size_t>(token)] : token;
      require(ErrorCode::kUsage, !ctx.has(kPositions) || (row >= 0 && row < rows),
              "position_ids holds {}, but the caches have {} rows", row, rows);
      for (std::int64_t h = 0; h < heads; ++h) {
        double* head = x.data() + (first ? (b * heads + h) * length + t : token * heads + h) * size;
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
  write_reals(ctx.out(0), x);
}

}  // namespace

std::span<const OpDef> rotary_embedding_ops() {
  static const OpDef defs[] = {
      {.name = "RotaryEmbedding",
       .versions = {23},
       .inputs = {3, 4},
       .attributes = {{"interleaved", std::int64_t{0}}, {"num_heads"}, {"rotary_embedding_dim", std::int64_t{0}}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
