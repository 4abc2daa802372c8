#include "ops/ml/post_transform.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace onnxrun::ml {
namespace {

// The inverse of erf by Winitzki's approximation (2008), as ONNX runtimes use it.
double inverse_erf(double x) {
  const double log = std::log((1 - x) * (1 + x));
  const double v = 2 / (std::numbers::pi * 0.147) + 0.5 * log;
  return std::copysign(std::sqrt(-v + std::sqrt(v * v - log / 0.147)), x);
}

void softmax(std::span<double> row, bool skip_zeros) {
  double top = -std::numeric_limits<double>::infinity(), sum = 0;
  for (const double v : row) top = std::max(top, v);
  for (double& v : row) {
    v = skip_zeros && std::fabs(v) <= 1e-7 ? 0 : std::exp(v - top);
    sum += v;
  }
  for (double& v : row) v = sum == 0 ? 0 : v / sum;
}

constexpr std::array<std::string_view, 5> kNames = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};

}  // namespace

PostTransform post_transform_from(std::string_view name) {
  const auto at = std::ranges::find(kNames, name);
  require(at != kNames.end(), "attribute post_transform is '{}', want NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO or PROBIT", name);
  return static_cast<PostTransform>(at - kNames.begin());
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

void apply(PostTransform transform, std::span<double> row) {
  switch (transform) {
    case PostTransform::kNone:
      return;
    case PostTransform::kSoftmax:
    case PostTransform::kSoftmaxZero:
      if (row.size() > 1) softmax(row, transform == PostTransform::kSoftmaxZero);
      return;
    case PostTransform::kLogistic:
      for (double& v : row) v = logistic(v);
      return;
    case PostTransform::kProbit:
      for (double& v : row) v = std::numbers::sqrt2 * inverse_erf(2 * v - 1);
      return;
  }
}

void want_features(const InferContext& ctx, int i) {
  want_dtype(ctx, i, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
}

Rows::Rows(const TensorView& x)
    : count(x.shape.size() > 1 ? x.shape[0] : 1),
      width(x.shape.empty() ? 1
            : count == 0    ? 0
                            : x.size / count) {}

namespace {

// N.
Dim row_count(const InferContext& ctx) {
  require(ctx.rank(0) == 1 || ctx.rank(0) == 2, "input 0 has shape {}, want rank 1 or 2", dims_str(ctx.shape(0)));
  return ctx.rank(0) == 1 ? Dim(1) : ctx.shape(0)[0];
}

std::int64_t size_of(const Attributes& attrs, std::string_view name, bool words) {
  return !attrs.has(name) ? 0 : static_cast<std::int64_t>(words ? attrs.strings(name).size() : attrs.ints(name).size());
}

}  // namespace

std::optional<Dims> rows_by(const InferContext& ctx, std::int64_t columns) {
  return ctx.has_shape(0) ? std::optional(Dims{row_count(ctx), columns}) : std::nullopt;
}

void score_rows(ReferenceContext& ctx, int to, const ScoreRow& score) {
  const Rows rows(ctx.in(0));
  const Reals x = read_reals(ctx.in(0));
  Reals y;
  for (std::int64_t r = 0; r < rows.count; ++r) {
    Reals scores;
    score(r, std::span(x).subspan(static_cast<std::size_t>(r * rows.width), static_cast<std::size_t>(rows.width)), scores);
    y.insert(y.end(), scores.begin(), scores.end());
  }
  if (ctx.wants(to)) write_reals(ctx.out(to), y);
}

std::int64_t Labels::count(const Attributes& attrs) const { return size_of(attrs, ints, false) + size_of(attrs, strings, true); }

std::int64_t Labels::infer(InferContext& ctx) const {
  const std::int64_t numbers = size_of(ctx.attrs(), ints, false), words = size_of(ctx.attrs(), strings, true);
  require((numbers == 0) != (words == 0), "has {} labels in {} and {} in {}, want labels in one of them", numbers, ints, words,
          strings);
  ctx.set(0, words > 0 ? DType::kString : DType::kInt64, ctx.has_shape(0) ? std::optional(Dims{row_count(ctx)}) : std::nullopt);
  return numbers + words;
}

void classify_rows(ReferenceContext& ctx, const Labels& labels, const ClassifyRow& classify) {
  score_rows(ctx, 1, [&](std::int64_t row, std::span<const double> x, Reals& scores) {
    const auto r = static_cast<std::size_t>(row), best = static_cast<std::size_t>(classify(x, scores));
    if (!ctx.wants(0)) return;
    if (ctx.out(0).dtype == DType::kString) {
      ctx.out<std::string>(0)[r] = ctx.attrs().strings(labels.strings)[best];
    } else {
      ctx.out<std::int64_t>(0)[r] = ctx.attrs().ints(labels.ints)[best];
    }
  });
}

}  // namespace onnxrun::ml
