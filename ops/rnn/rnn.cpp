// LSTM, GRU, RNN: one layer over a sequence, forward, reverse or both; a row per operator (recurrence.h has the shapes).
//   RNN   h = f(x Wi' + h Ri' + b)
//   GRU   z = f(..z), r = f(..r), n = g(x Wh' + (r . h) Rh' + Rbh + Wbh), with linear_before_reset g(x Wh' + r . (h Rh' + Rbh) +
//   Wbh),
//         h = (1 - z) . n + z . h
//   LSTM  i = f(..i + Pi . c), f = f(..f + Pf . c) (1 - i when input_forget), n = g(..c), c = f . c + i . n,
//         o = f(..o + Po . c), h = o . h(c); the gates lie in the order i, o, f, c
// What enters an activation is clipped to [-clip, clip]. Versions: 1 has output_sequence (Y is made anyway), 14 adds layout.
#include "engine/ir/upgrade.h"
#include "ops/rnn/recurrence.h"

namespace onnxrun {
namespace {

using rnn::Direction;
using rnn::dot;
using rnn::Problem;

// Before version 7, output_sequence said whether Y is wanted; GRU-1 spelt its default direction "foward".
void upgrade(UpgradeContext& ctx) {
  ctx.attrs().erase("output_sequence");
  if (ctx.attrs().s("direction") == "foward") ctx.attrs().set("direction", std::string("forward"));
}

// x W' + h R' + Wb + Rb of one unit of one gate.
double gate(const Problem& p, const Direction& d, const double* pre, const Reals& h, int which, std::int64_t unit) {
  const std::int64_t row = which * p.hidden + unit;
  return pre[row] + d.rb[static_cast<std::size_t>(row)] + dot(d.r.data() + row * p.hidden, h.data(), p.hidden);
}

void rnn_step(const Problem& p, const Direction& d, const double* pre, Reals& h) {
  Reals next(h.size());
  for (std::size_t k = 0; k < h.size(); ++k)
    next[k] = d.functions[0](p.limited(gate(p, d, pre, h, 0, static_cast<std::int64_t>(k))));
  h = std::move(next);
}

void gru_step(const Problem& p, const Direction& d, const double* pre, Reals& h, bool linear_before_reset) {
  enum { kUpdate, kReset, kHidden };
  const auto &f = d.functions[0], &g = d.functions[1];
  Reals z(h.size()), reset(h.size()), gated(h.size()), next(h.size());
  for (std::size_t k = 0; k < h.size(); ++k) {
    const auto unit = static_cast<std::int64_t>(k);
    z[k] = f(p.limited(gate(p, d, pre, h, kUpdate, unit)));
    reset[k] = f(p.limited(gate(p, d, pre, h, kReset, unit)));
    gated[k] = reset[k] * h[k];
  }
  for (std::size_t k = 0; k < h.size(); ++k) {
    const std::int64_t row = kHidden * p.hidden + static_cast<std::int64_t>(k);
    const double* r = d.r.data() + row * p.hidden;
    const double rb = d.rb[static_cast<std::size_t>(row)];
    const double recurrent =
        linear_before_reset ? reset[k] * (dot(r, h.data(), p.hidden) + rb) : dot(r, gated.data(), p.hidden) + rb;
    next[k] = (1 - z[k]) * g(p.limited(pre[row] + recurrent)) + z[k] * h[k];
  }
  h = std::move(next);
}

void lstm_step(const Problem& p, const Direction& d, const double* pre, Reals& h, Reals& c, bool input_forget) {
  enum { kIn, kOut, kForget, kCell };
  const auto &f = d.functions[0], &g = d.functions[1], &last = d.functions[2];
  const auto peep = [&](int which, std::size_t k) {
    return d.peephole.empty() ? 0 : d.peephole[static_cast<std::size_t>(which) * h.size() + k];
  };
  Reals next(h.size());
  for (std::size_t k = 0; k < h.size(); ++k) {
    const auto sum = [&](int which) { return gate(p, d, pre, h, which, static_cast<std::int64_t>(k)); };
    const double in = f(p.limited(sum(kIn) + peep(kIn, k) * c[k]));
    const double forget = input_forget ? 1 - in : f(p.limited(sum(kForget) + peep(kForget, k) * c[k]));
    c[k] = forget * c[k] + in * g(p.limited(sum(kCell)));
    next[k] = f(p.limited(sum(kOut) + peep(kOut, k) * c[k])) * last(p.limited(c[k]));
  }
  h = std::move(next);
}

void reference_rnn(ReferenceContext& ctx) {
  rnn::run(ctx, 1, {"Tanh"}, false,
           [](const Problem& p, const Direction& d, const double* pre, Reals& h, Reals&) { rnn_step(p, d, pre, h); });
}

void reference_gru(ReferenceContext& ctx) {
  const bool linear = ctx.attrs().i("linear_before_reset") != 0;
  rnn::run(ctx, 3, {"Sigmoid", "Tanh"}, false,
           [&](const Problem& p, const Direction& d, const double* pre, Reals& h, Reals&) { gru_step(p, d, pre, h, linear); });
}

void reference_lstm(ReferenceContext& ctx) {
  const bool coupled = ctx.attrs().i("input_forget") != 0;
  rnn::run(
      ctx, 4, {"Sigmoid", "Tanh", "Tanh"}, true,
      [&](const Problem& p, const Direction& d, const double* pre, Reals& h, Reals& c) { lstm_step(p, d, pre, h, c, coupled); });
}

std::vector<AttributeSpec> attributes(std::initializer_list<AttributeSpec> own) {
  std::vector<AttributeSpec> specs = {
      {"activation_alpha"}, {"activation_beta"},        {"activations"}, {"clip"}, {"direction", std::string("forward")},
      {"hidden_size"},      {"layout", std::int64_t{0}}};
  specs.insert(specs.end(), own);
  return specs;
}

}  // namespace

std::span<const OpDef> rnn_ops() {
  static const OpDef defs[] = {
      {.name = "LSTM",
       .versions = {1, 7, 14, 22},
       .inputs = {3, 8},
       .outputs = {1, 3},
       .attributes = attributes({{"input_forget", std::int64_t{0}}}),
       .upgrade = upgrade,
       .infer = [](InferContext& ctx) { rnn::infer(ctx, 4, 3, 2); },
       .reference = reference_lstm},
      {.name = "GRU",
       .versions = {1, 3, 7, 14, 22},
       .inputs = {3, 6},
       .outputs = {1, 2},
       .attributes = attributes({{"linear_before_reset", std::int64_t{0}}}),
       .upgrade = upgrade,
       .infer = [](InferContext& ctx) { rnn::infer(ctx, 3, 2, 1); },
       .reference = reference_gru},
      {.name = "RNN",
       .versions = {1, 7, 14, 22},
       .inputs = {3, 6},
       .outputs = {1, 2},
       .attributes = attributes({}),
       .upgrade = upgrade,
       .infer = [](InferContext& ctx) { rnn::infer(ctx, 1, 1, 1); },
       .reference = reference_rnn},
  };
  return defs;
}

}  // namespace onnxrun
