#include "ops/nn/attention_core.h"

#include <algorithm>
#include <limits>

namespace onnxrun {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Softmax in place, with one more key of score `sink` (-infinity: none).
void softmax(std::span<double> row, double sink) {
  double top = sink, sum = 0;
  for (const double s : row) top = std::max(top, s);
  for (double& s : row) sum += s = std::exp(s - top);
  sum += std::exp(sink - top);
  for (double& s : row) s /= sum;
}

// One query against every key: fills `row` with probabilities, and `captured` where it is not null.
void score(std::span<double> row, const double* q, const double* k, std::int64_t head, const AttentionOptions& options,
           double sink, FunctionRef<double(std::int64_t)> bias, double* captured) {
  double most = -kInfinity;
  const auto capture = [&](Scores mode, std::int64_t j, double value) {
    if (captured != nullptr && options.capture == mode) captured[j] = value;
  };
  for (std::int64_t j = 0; j < static_cast<std::int64_t>(row.size()); ++j) {
    double s = 0;
    for (std::int64_t d = 0; d < head; ++d) s += q[d] * k[j * head + d];
    s *= options.scale;
    capture(Scores::kRaw, j, s);
    if (options.softcap > 0) s = options.softcap * std::tanh(s / options.softcap);
    capture(Scores::kCapped, j, s);
    const double b = bias(j);
    most = std::max(most, b);
    s = b == -kInfinity ? b : s + b;
    capture(Scores::kBiased, j, s);
    row[static_cast<std::size_t>(j)] = s;
  }
  if (most == -kInfinity) {
    std::ranges::fill(row, 0.0);
  } else {
    softmax(row, sink);
  }
  if (captured != nullptr && options.capture == Scores::kSoftmax) std::ranges::copy(row, captured);
}

}  // namespace

Reals attend(const AttentionShape& s, const Reals& q, const Reals& k, const Reals& v, const AttentionOptions& options,
             AttentionBias bias, Reals* scores) {
  Reals y(static_cast<std::size_t>(s.batch * s.q_heads * s.q_len * s.v_head), 0.0), row(static_cast<std::size_t>(s.kv_len));
  if (scores) scores->assign(static_cast<std::size_t>(s.batch * s.q_heads * s.q_len * s.kv_len), 0.0);
  for (std::int64_t b = 0; b < s.batch; ++b) {
    for (std::int64_t h = 0; h < s.q_heads; ++h) {
      const std::int64_t kv = (b * s.kv_heads + h / (s.q_heads / s.kv_heads)) * s.kv_len;
      for (std::int64_t i = 0; i < s.q_len; ++i) {
        const std::int64_t at = (b * s.q_heads + h) * s.q_len + i;
        const double sink = options.sinks.empty() ? -kInfinity : options.sinks[static_cast<std::size_t>(h)];
        score(row, q.data() + at * s.head, k.data() + kv * s.head, s.head, options, sink,
              [&](std::int64_t j) { return bias(b, h, i, j); }, scores ? scores->data() + at * s.kv_len : nullptr);
        double* out = y.data() + at * s.v_head;
        for (std::int64_t j = 0; j < s.kv_len; ++j) {
          const double p = row[static_cast<std::size_t>(j)];
          if (p == 0) continue;
          for (std::int64_t d = 0; d < s.v_head; ++d) out[d] += p * v[static_cast<std::size_t>((kv + j) * s.v_head + d)];
        }
      }
    }
  }
  return y;
}

namespace {

// [batch, a, b, size] -> [batch, b, a, size]
Reals swap_middle(const Reals& x, std::int64_t batch, std::int64_t a, std::int64_t b) {
  Reals y(x.size());
  if (x.empty()) return y;
  const std::int64_t size = static_cast<std::int64_t>(x.size()) / (batch * a * b);
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t i = 0; i < a; ++i) {
      for (std::int64_t j = 0; j < b; ++j) {
        std::copy_n(x.begin() + ((n * a + i) * b + j) * size, size, y.begin() + ((n * b + j) * a + i) * size);
      }
    }
  }
  return y;
}

}  // namespace

Reals heads_first(const Reals& x, std::int64_t batch, std::int64_t length, std::int64_t heads) {
  return swap_middle(x, batch, length, heads);
}

Reals heads_last(const Reals& x, std::int64_t batch, std::int64_t length, std::int64_t heads) {
  return swap_middle(x, batch, heads, length);
}

Reals join(const Reals& a, std::int64_t a_len, const Reals& b, std::int64_t b_len, std::int64_t outer, std::int64_t inner) {
  Reals y;
  y.reserve(a.size() + b.size());
  for (std::int64_t o = 0; o < outer; ++o) {
    y.insert(y.end(), a.begin() + o * a_len * inner, a.begin() + (o + 1) * a_len * inner);
    y.insert(y.end(), b.begin() + o * b_len * inner, b.begin() + (o + 1) * b_len * inner);
  }
  return y;
}

}  // namespace onnxrun
