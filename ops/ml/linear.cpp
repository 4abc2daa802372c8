// ai.onnx.ml LinearRegressor and LinearClassifier: scores = x @ coefficients^T + intercepts, then post_transform.
// x [N, F] or [F], coefficients [targets, F]. The classifier gives the label of the highest score, and the scores [N, classes];
// with one row of coefficients for two classes the second one is taken when its score s is above 0, and the scores are 1 - s and
// s (logistic(-s) and logistic(s)).
#include <algorithm>

#include "ops/ml/post_transform.h"

namespace onnxrun {
namespace {

constexpr ml::Labels kLabels{"classlabels_ints", "classlabels_strings"};

// The number of rows of coefficients; checks that F fits.
std::int64_t check_coefficients(const InferContext& ctx, std::int64_t targets) {
  const auto size = static_cast<std::int64_t>(ctx.attrs().floats("coefficients").size());
  require(targets >= 1 && size >= targets && size % targets == 0, "attribute coefficients has {} numbers for {} rows", size,
          targets);
  const auto intercepts = static_cast<std::int64_t>(ml::floats_of(ctx.attrs(), "intercepts").size());
  require(intercepts == 0 || intercepts == targets, "attribute intercepts has {} numbers, want {}", intercepts, targets);
  if (ctx.has_shape(0) && ctx.rank(0) >= 1) same_dim(ctx.shape(0).back(), size / targets, "the number of features");
  return targets;
}

void infer_regressor(InferContext& ctx) {
  ml::want_features(ctx);
  ml::post_transform_from(ctx.attrs().s("post_transform"));
  const std::int64_t targets = check_coefficients(ctx, ctx.attrs().i("targets"));
  ctx.set(0, DType::kFloat32, ml::rows_by(ctx, targets));
}

// Rows of coefficients: as many as intercepts, or one per class where there are none.
std::int64_t rows_of_coefficients(const Attributes& attrs, std::int64_t classes) {
  const auto intercepts = static_cast<std::int64_t>(ml::floats_of(attrs, "intercepts").size());
  return intercepts == 0 ? classes : intercepts;
}

void infer_classifier(InferContext& ctx) {
  ml::want_features(ctx);
  ml::post_transform_from(ctx.attrs().s("post_transform"));
  const std::int64_t classes = kLabels.infer(ctx);
  const std::int64_t rows = check_coefficients(ctx, rows_of_coefficients(ctx.attrs(), classes));
  require(rows == classes || (rows == 1 && classes == 2), "has {} labels for {} rows of coefficients", classes, rows);
  ctx.set(1, DType::kFloat32, ml::rows_by(ctx, classes));
}

Reals linear(const Attributes& attrs, std::int64_t targets, std::span<const double> x) {
  const Floats& w = attrs.floats("coefficients");
  Reals scores = ml::floats_of(attrs, "intercepts");
  scores.resize(static_cast<std::size_t>(targets), 0.0);
  for (std::size_t i = 0; i < scores.size() * x.size(); ++i) scores[i / x.size()] += w[i] * x[i % x.size()];
  return scores;
}

void regressor(ReferenceContext& ctx) {
  const ml::PostTransform transform = ml::post_transform_from(ctx.attrs().s("post_transform"));
  ml::score_rows(ctx, 0, [&](std::int64_t, std::span<const double> x, Reals& scores) {
    scores = linear(ctx.attrs(), ctx.attrs().i("targets"), x);
    ml::apply(transform, scores);
  });
}

void classifier(ReferenceContext& ctx) {
  const ml::PostTransform transform = ml::post_transform_from(ctx.attrs().s("post_transform"));
  const std::int64_t classes = kLabels.count(ctx.attrs()), rows = rows_of_coefficients(ctx.attrs(), classes);
  ml::classify_rows(ctx, kLabels, [&](std::span<const double> x, Reals& scores) {
    scores = linear(ctx.attrs(), rows, x);
    if (rows != 1 || classes != 2) {
      const std::int64_t best = std::ranges::max_element(scores) - scores.begin();
      ml::apply(transform, scores);
      return best;
    }
    const double s = scores[0];
    scores = {1 - s, s};
    if (transform == ml::PostTransform::kLogistic) scores = {-s, s};
    if (transform == ml::PostTransform::kLogistic || transform == ml::PostTransform::kProbit) ml::apply(transform, scores);
    return std::int64_t{s > 0};
  });
}

}  // namespace

std::span<const OpDef> linear_ops() {
  static const OpDef defs[] = {
      {.name = "LinearRegressor",
       .domain = kOnnxMl,
       .attributes = {{"coefficients", std::nullopt, true},
                      {"intercepts"},
                      {"post_transform", std::string("NONE")},
                      {"targets", std::int64_t{1}}},
       .infer = infer_regressor,
       .reference = regressor},
      {.name = "LinearClassifier",
       .domain = kOnnxMl,
       .outputs = {1, 2},
       .attributes = {{"classlabels_ints"},
                      {"classlabels_strings"},
                      {"coefficients", std::nullopt, true},
                      {"intercepts"},
                      {"multi_class", std::int64_t{0}},
                      {"post_transform", std::string("NONE")}},
       .infer = infer_classifier,
       .reference = classifier},
  };
  return defs;
}

}  // namespace onnxrun
