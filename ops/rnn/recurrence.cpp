#include "ops/rnn/recurrence.h"

#include <algorithm>
#include <limits>
#include <string>

namespace onnxrun::rnn {
namespace {

// The hidden size from the attribute or from R.
Dim hidden_size(InferContext& ctx) {
  const bool given = ctx.attrs().has("hidden_size");
  if (given)
    require(ctx.attrs().i("hidden_size") >= 1, "attribute hidden_size is {}, want 1 or more", ctx.attrs().i("hidden_size"));
  if (!ctx.has_shape(kR)) return given ? Dim(ctx.attrs().i("hidden_size")) : ctx.fresh();
  return given ? same_dim(ctx.attrs().i("hidden_size"), ctx.shape(kR)[2], "the hidden size") : ctx.shape(kR)[2];
}

}  // namespace

void infer(InferContext& ctx, int gates, int activations, int states) {
  want_float(ctx, kX);
  for (const int i : {kW, kR, kB, kInitialH, kInitialC, kP}) want_same_dtype(ctx, kX, i);
  want_dtype(ctx, kLengths, {DType::kInt32});
  for (const int i : {kX, kW, kR}) want_rank(ctx, i, 3);
  const std::int64_t d = directions(ctx.attrs());
  if (ctx.attrs().has("activations")) {
    const std::size_t names = functions(ctx.attrs(), {}).size();
    require(static_cast<std::int64_t>(names) >= activations * d, "attribute activations has {} names, want {}", names,
            activations * d);
  }
  const std::int64_t layout = ctx.attrs().i("layout");
  require(layout == 0 || layout == 1, "attribute layout is {}, want 0 or 1", layout);
  const bool batch_first = layout == 1;
  const Dim h = hidden_size(ctx), g = h * gates;
  const Dims x = ctx.has_shape(kX) ? ctx.shape(kX) : ctx.fresh_dims(3);
  const Dim &steps = x[batch_first ? 1 : 0], &batch = x[batch_first ? 0 : 1];
  want_shape(ctx, kW, {d, g, x[2]});
  want_shape(ctx, kR, {d, g, h});
  want_shape(ctx, kB, {d, g * 2});
  want_shape(ctx, kLengths, {batch});
  const Dims state = batch_first ? Dims{batch, d, h} : Dims{d, batch, h};
  want_shape(ctx, kInitialH, state);
  want_shape(ctx, kInitialC, state);
  want_shape(ctx, kP, {d, h * 3});
  ctx.set(0, ctx.dtype(kX), batch_first ? Dims{batch, steps, d, h} : Dims{steps, d, batch, h});
  for (int i = 0; i < states; ++i) ctx.set(i + 1, ctx.dtype(kX), state);
}

namespace {

// Slice number i of `count` equal ones.
Reals slice(const Reals& x, std::int64_t i, std::int64_t count) {
  const auto size = static_cast<std::int64_t>(x.size()) / count;
  return Reals(x.begin() + i * size, x.begin() + (i + 1) * size);
}

std::vector<Direction> read_directions(const ReferenceContext& ctx, const Problem& p, std::int64_t d,
                                       std::initializer_list<std::string_view> defaults) {
  const auto optional = [&](int i) { return ctx.has(i) ? read_reals(ctx.in(i)) : Reals(); };
  const Reals w = read_reals(ctx.in(kW)), r = read_reals(ctx.in(kR)), b = optional(kB), peephole = optional(kP);
  const std::vector<Function> all = functions(ctx.attrs(), defaults);
  const auto per = static_cast<std::ptrdiff_t>(defaults.size());
  std::vector<Direction> out;
  for (std::int64_t i = 0; i < d; ++i) {
    Direction direction;
    direction.functions.assign(all.begin() + i * per, all.begin() + (i + 1) * per);
    direction.w = slice(w, i, d);
    direction.r = slice(r, i, d);
    const Reals bias = b.empty() ? Reals(static_cast<std::size_t>(2 * p.gates * p.hidden), 0.0) : slice(b, i, d);
    direction.wb = slice(bias, 0, 2);
    direction.rb = slice(bias, 1, 2);
    if (!peephole.empty()) direction.peephole = slice(peephole, i, d);
    out.push_back(std::move(direction));
  }
  return out;
}

// Where the parts of one sequence and direction lie.
struct Places {
  bool batch_first;
  std::int64_t d;
  std::int64_t x(const Problem& p, std::int64_t t, std::int64_t n) const {
    return (batch_first ? n * p.steps + t : t * p.batch + n) * p.inputs;
  }
  std::int64_t y(const Problem& p, std::int64_t t, std::int64_t i, std::int64_t n) const {
    return (batch_first ? (n * p.steps + t) * d + i : (t * d + i) * p.batch + n) * p.hidden;
  }
  std::int64_t state(const Problem& p, std::int64_t i, std::int64_t n) const {
    return (batch_first ? n * d + i : i * p.batch + n) * p.hidden;
  }
};

Reals initial(const ReferenceContext& ctx, int input, std::int64_t at, std::int64_t hidden) {
  Reals out(static_cast<std::size_t>(hidden), 0.0);
  if (input < 0 || !ctx.has(input)) return out;
  const Reals all = read_reals(ctx.in(input));
  std::copy_n(all.begin() + at, hidden, out.begin());
  return out;
}

std::vector<std::int64_t> lengths(const ReferenceContext& ctx, const Problem& p) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(p.batch), p.steps);
  for (std::size_t n = 0; ctx.has(kLengths) && n < out.size(); ++n) {
    out[n] = ctx.in<std::int32_t>(kLengths)[n];
    require(ErrorCode::kUsage, out[n] >= 0 && out[n] <= p.steps, "sequence_lens[{}] is {}, want 0 to {}", n, out[n], p.steps);
  }
  return out;
}

}  // namespace

void run(ReferenceContext& ctx, int gates, std::initializer_list<std::string_view> defaults, bool has_cell, Step step) {
  const Places at{ctx.attrs().i("layout") == 1, directions(ctx.attrs())};
  const auto x_shape = ctx.in(kX).shape;
  const double clip = ctx.attrs().has("clip") ? ctx.attrs().f("clip") : std::numeric_limits<double>::infinity();
  const Problem p{x_shape[at.batch_first ? 1 : 0], x_shape[at.batch_first ? 0 : 1], x_shape[2], ctx.in(kR).shape[2], gates, clip};
  const Reals x = read_reals(ctx.in(kX));
  const std::vector<std::int64_t> length = lengths(ctx, p);
  const std::vector<Direction> ds = read_directions(ctx, p, at.d, defaults);
  Reals y(static_cast<std::size_t>(p.steps * at.d * p.batch * p.hidden), 0.0), pre(static_cast<std::size_t>(gates * p.hidden));
  for (std::int64_t i = 0; i < at.d; ++i) {
    const Direction& direction = ds[static_cast<std::size_t>(i)];
    const bool reverse = is_reverse(ctx.attrs(), i);
    for (std::int64_t n = 0; n < p.batch; ++n) {
      const std::int64_t state = at.state(p, i, n), count = length[static_cast<std::size_t>(n)];
      Reals h = initial(ctx, kInitialH, state, p.hidden), c = initial(ctx, has_cell ? kInitialC : -1, state, p.hidden);
      for (std::int64_t k = 0; k < count; ++k) {
        const std::int64_t t = reverse ? count - 1 - k : k;
        for (std::size_t g = 0; g < pre.size(); ++g) {
          pre[g] = direction.wb[g] +
                   dot(direction.w.data() + static_cast<std::int64_t>(g) * p.inputs, x.data() + at.x(p, t, n), p.inputs);
        }
        step(p, direction, pre.data(), h, c);
        std::ranges::copy(h, y.begin() + at.y(p, t, i, n));
      }
      for (std::int64_t k = 0; k < p.hidden; ++k) {
        if (ctx.wants(1)) write_real(ctx.out(1), state + k, h[static_cast<std::size_t>(k)]);
        if (has_cell && ctx.wants(2)) write_real(ctx.out(2), state + k, c[static_cast<std::size_t>(k)]);
      }
    }
  }
  if (ctx.wants(0)) write_reals(ctx.out(0), y);
}

}  // namespace onnxrun::rnn
