// ai.onnx.ml LinearRegressor and LinearClassifier: scores = x @ coefficients^T + intercepts, then post_transform.
// x [N, F] or [F], coefficients [targets, F]. The classifier gives the label of the highest score, and the scores [N, classes];
// with one row of coefficients for two classes the second one is taken when its score s is above 0, and the scores are 1 - s and
// s (logistic(-s) and logistic(s)).
#include <algorithm>

#include "ops/ml/post_transform.h"

namespace onnxrun {
namespace {

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

Dim row_count(const InferContext& ctx) {
  require(ctx.rank(0) == 1 || ctx.rank(0) == 2, "input 0 has shape {}, want rank 1 or 2", dims_str(ctx.shape(0)));
  return ctx.rank(0) == 1 ? Dim(1) : ctx.shape(0)[0];
}

void infer_regressor(InferContext& ctx) {
  ml::want_features(ctx);
  ml::post_transform_from(ctx.attrs().s("post_transform"));
  const std::int64_t targets = check_coefficients(ctx, ctx.attrs().i("targets"));
  ctx.set(0, DType::kFloat32, ctx.has_shape(0) ? std::optional(Dims{row_count(ctx), targets}) : std::nullopt);
}

// Rows of coefficients: as many as intercepts, or one per class where there are none.
std::int64_t rows_of_coefficients(const Attributes& attrs, std::int64_t classes) {
  const auto intercepts = static_cast<std::int64_t>(ml::floats_of(attrs, "intercepts").size());
  return intercepts == 0 ? classes : intercepts;
}

void infer_classifier(InferContext& ctx) {
  ml::want_features(ctx);
  ml::post_transform_from(ctx.attrs().s("post_transform"));
  const std::int64_t classes = ml::infer_labels(ctx, "classlabels_ints", "classlabels_strings");
  const std::int64_t rows = check_coefficients(ctx, rows_of_coefficients(ctx.attrs(), classes));
  require(rows == classes || (rows == 1 && classes == 2), "has {} labels for {} rows of coefficients", classes, rows);
  ctx.set(1, DType::kFloat32, ctx.has_shape(0) ? std::optional(Dims{row_count(ctx), classes}) : std::nullopt);
}

// Scores of every row.
template <class Body>
void each_row(ReferenceContext& ctx, std::int64_t targets, Body body) {
  const ml::Rows rows(ctx.in(0));
  const Reals x = read_reals(ctx.in(0)), w = ml::floats_of(ctx.attrs(), "coefficients"),
              b = ml::floats_of(ctx.attrs(), "intercepts");
  for (std::int64_t r = 0; r < rows.count; ++r) {
    Reals scores = b.empty() ? Reals(static_cast<std::size_t>(targets), 0.0) : b;
    for (std::int64_t t = 0; t < targets; ++t) {
      for (std::int64_t k = 0; k < rows.width; ++k) {
        scores[static_cast<std::size_t>(t)] +=
            w[static_cast<std::size_t>(t * rows.width + k)] * x[static_cast<std::size_t>(r * rows.width + k)];
      }
    }
    body(r, scores);
  }
}

void regressor(ReferenceContext& ctx) {
  const ml::PostTransform transform = ml::post_transform_from(ctx.attrs().s("post_transform"));
  Reals y;
  each_row(ctx, ctx.attrs().i("targets"), [&](std::int64_t, Reals& scores) {
    ml::apply(transform, scores);
    y.insert(y.end(), scores.begin(), scores.end());
  });
  write_reals(ctx.out(0), y);
}

void classifier(ReferenceContext& ctx) {
  const ml::PostTransform transform = ml::post_transform_from(ctx.attrs().s("post_transform"));
  const auto size = [&](const char* name, bool words) {
    return !ctx.attrs().has(name) ? 0 : words ? ctx.attrs().strings(name).size() : ctx.attrs().ints(name).size();
  };
  const auto classes = static_cast<std::int64_t>(size("classlabels_ints", false) + size("classlabels_strings", true));
  const std::int64_t rows = rows_of_coefficients(ctx.attrs(), classes);
  Reals y;
  each_row(ctx, rows, [&](std::int64_t r, Reals& scores) {
    std::int64_t best = std::ranges::max_element(scores) - scores.begin();
    if (rows == 1 && classes == 2) {
      const double s = scores[0];
      best = s > 0 ? 1 : 0;
      scores = {1 - s, s};
      if (transform == ml::PostTransform::kLogistic) scores = {-s, s};
      if (transform == ml::PostTransform::kLogistic || transform == ml::PostTransform::kProbit) ml::apply(transform, scores);
    } else {
      ml::apply(transform, scores);
    }
    ml::write_label(ctx, r, best, "classlabels_ints", "classlabels_strings");
    y.insert(y.end(), scores.begin(), scores.end());
  });
  if (ctx.wants(1)) write_reals(ctx.out(1), y);
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
