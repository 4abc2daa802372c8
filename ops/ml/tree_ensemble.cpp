// ai.onnx.ml ensembles of decision trees: every tree leads a row of features to a leaf, whose votes are added up (or averaged, or
// the least or largest taken) per target or class; base values and post_transform follow.
//   TreeEnsembleRegressor    y [N, targets]                TreeEnsemble-5   the same in a flat form, in x's type
//   TreeEnsembleClassifier   labels [N], scores [N, classes]; the label is that of the highest score. When the leaves vote for
//   one
//                            of two classes only, their sum s decides: the second class when s > 0.5, or > 0 where a weight is
//                            negative; a vote for class 0 stands for the second class, too, and the scores are then 1 - s (-s)
//                            and s.
// Versions: 3 adds double attributes (*_as_tensor), 5 retires the two older operators, which stay as they are here.
#include <algorithm>

#include "ops/ml/post_transform.h"
#include "ops/ml/trees.h"

namespace onnxrun {
namespace {

constexpr ml::Labels kLabels{"classlabels_int64s", "classlabels_strings"};

ml::Aggregate aggregate_from(const std::string& name) {
  if (name == "SUM") return ml::Aggregate::kSum;
  if (name == "AVERAGE") return ml::Aggregate::kAverage;
  if (name == "MIN") return ml::Aggregate::kMin;
  require(name == "MAX", "attribute aggregate_function is '{}', want SUM, AVERAGE, MIN or MAX", name);
  return ml::Aggregate::kMax;
}

// Reading large ensembles takes time, so that inference, which runs often, leaves their checks to the kernel.
void check_features(const ReferenceContext& ctx, const ml::Trees& trees) {
  const std::int64_t width = ml::Rows(ctx.in(0)).width;
  require(width >= trees.features, "the trees ask for feature {}, but input 0 has {} per row", trees.features - 1, width);
}

void check_base(const Attributes& attrs, std::int64_t targets) {
  const std::size_t size = ml::numbers_of(attrs, "base_values").size();
  require(size <= static_cast<std::size_t>(targets), "attribute base_values has {} numbers, want {}", size, targets);
}

std::int64_t targets_of(const Attributes& attrs) {
  const std::int64_t targets = attrs.i("n_targets", 1);
  require(targets >= 1 && targets < (std::int64_t{1} << 31), "attribute n_targets is {}, want 1 or more", targets);
  return targets;
}

void infer_regressor(InferContext& ctx) {
  ml::want_features(ctx);
  ml::post_transform_from(ctx.attrs().s("post_transform"));
  aggregate_from(ctx.attrs().s("aggregate_function"));
  const std::int64_t targets = targets_of(ctx.attrs());
  check_base(ctx.attrs(), targets);
  ctx.set(0, DType::kFloat32, ml::rows_by(ctx, targets));
}

void infer_classifier(InferContext& ctx) {
  ml::want_features(ctx);
  ml::post_transform_from(ctx.attrs().s("post_transform"));
  const std::int64_t classes = kLabels.infer(ctx);
  check_base(ctx.attrs(), classes);
  ctx.set(1, DType::kFloat32, ml::rows_by(ctx, classes));
}

void infer_flat(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kFloat32, DType::kFloat64, DType::kFloat16});
  const std::int64_t targets = targets_of(ctx.attrs()), how = ctx.attrs().i("aggregate_function"),
                     transform = ctx.attrs().i("post_transform");
  require(how >= 0 && how <= 3, "attribute aggregate_function is {}, want 0 to 3", how);
  require(transform >= 0 && transform <= 4, "attribute post_transform is {}, want 0 to 4", transform);
  ctx.set(0, ctx.dtype(0), ml::rows_by(ctx, targets));
}

void regress(ReferenceContext& ctx, const ml::Trees& trees, std::int64_t targets, ml::Aggregate how,
             ml::PostTransform transform) {
  check_features(ctx, trees);
  const Reals base = ml::numbers_of(ctx.attrs(), "base_values");
  ml::score_rows(ctx, 0, [&](std::int64_t, std::span<const double> x, Reals& scores) {
    scores = ml::aggregate(trees, x.data(), targets, how).values;
    for (std::size_t i = 0; i < base.size(); ++i) scores[i] += base[i];
    ml::apply(transform, scores);
  });
}

void regressor(ReferenceContext& ctx) {
  const std::int64_t targets = targets_of(ctx.attrs());
  regress(ctx, ml::read_trees(ctx.attrs(), "target", targets), targets, aggregate_from(ctx.attrs().s("aggregate_function")),
          ml::post_transform_from(ctx.attrs().s("post_transform")));
}

void flat(ReferenceContext& ctx) {
  const std::int64_t targets = targets_of(ctx.attrs());
  regress(ctx, ml::read_flat_trees(ctx.attrs(), targets), targets,
          static_cast<ml::Aggregate>(ctx.attrs().i("aggregate_function")),
          static_cast<ml::PostTransform>(ctx.attrs().i("post_transform")));
}

// Two classes, votes for one of them: the label, and `scores` for both.
std::int64_t decide(Reals& scores, std::int64_t voted, bool positive, ml::PostTransform transform) {
  const double s = scores[static_cast<std::size_t>(voted)];
  if (voted == 1) {
    ml::apply(transform, scores);
  } else if (transform == ml::PostTransform::kLogistic) {
    scores = {ml::logistic(-s), ml::logistic(s)};
  } else {
    scores = {positive ? 1 - s : -s, s};
    if (transform == ml::PostTransform::kProbit) ml::apply(transform, scores);
  }
  return s > (positive ? 0.5 : 0) ? 1 : 0;
}

void classifier(ReferenceContext& ctx) {
  const std::int64_t classes = kLabels.count(ctx.attrs());
  const ml::Trees trees = ml::read_trees(ctx.attrs(), "class", classes);
  check_features(ctx, trees);
  const ml::PostTransform transform = ml::post_transform_from(ctx.attrs().s("post_transform"));
  const Reals base = ml::numbers_of(ctx.attrs(), "base_values"), weights = ml::numbers_of(ctx.attrs(), "class_weights");
  const Ints& ids = ctx.attrs().ints("class_ids");
  const bool single = classes == 2 && !ids.empty() && std::ranges::all_of(ids, [&](std::int64_t id) { return id == ids[0]; });
  const bool positive = std::ranges::all_of(weights, [](double w) { return w >= 0; });
  ml::classify_rows(ctx, kLabels, [&](std::span<const double> x, Reals& scores) {
    scores = ml::aggregate(trees, x.data(), classes, ml::Aggregate::kSum).values;
    const std::size_t first = single && base.size() == 1 ? static_cast<std::size_t>(ids[0]) : 0;
    for (std::size_t i = 0; i < base.size(); ++i) scores[first + i] += base[i];
    if (single) return decide(scores, ids[0], positive, transform);
    const std::int64_t best = std::ranges::max_element(scores) - scores.begin();
    ml::apply(transform, scores);
    return best;
  });
}

std::vector<AttributeSpec> attributes(std::initializer_list<AttributeSpec> own) {
  std::vector<AttributeSpec> specs = {{"base_values"},
                                      {"base_values_as_tensor"},
                                      {"nodes_falsenodeids"},
                                      {"nodes_featureids"},
                                      {"nodes_hitrates"},
                                      {"nodes_hitrates_as_tensor"},
                                      {"nodes_missing_value_tracks_true"},
                                      {"nodes_modes"},
                                      {"nodes_nodeids"},
                                      {"nodes_treeids"},
                                      {"nodes_truenodeids"},
                                      {"nodes_values"},
                                      {"nodes_values_as_tensor"},
                                      {"post_transform", std::string("NONE")}};
  specs.insert(specs.end(), own);
  return specs;
}

}  // namespace

std::span<const OpDef> tree_ensemble_ops() {
  static const OpDef defs[] = {
      {.name = "TreeEnsembleRegressor",
       .domain = kOnnxMl,
       .versions = {1, 3, 5},
       .attributes = attributes({{"aggregate_function", std::string("SUM")},
                                 {"n_targets"},
                                 {"target_ids"},
                                 {"target_nodeids"},
                                 {"target_treeids"},
                                 {"target_weights"},
                                 {"target_weights_as_tensor"}}),
       .infer = infer_regressor,
       .reference = regressor},
      {.name = "TreeEnsembleClassifier",
       .domain = kOnnxMl,
       .versions = {1, 3, 5},
       .outputs = {1, 2},
       .attributes = attributes({{"class_ids"},
                                 {"class_nodeids"},
                                 {"class_treeids"},
                                 {"class_weights"},
                                 {"class_weights_as_tensor"},
                                 {"classlabels_int64s"},
                                 {"classlabels_strings"}}),
       .infer = infer_classifier,
       .reference = classifier},
      {.name = "TreeEnsemble",
       .domain = kOnnxMl,
       .versions = {5},
       .attributes = {{"aggregate_function", std::int64_t{1}},
                      {"leaf_targetids"},
                      {"leaf_weights"},
                      {"membership_values"},
                      {"n_targets"},
                      {"nodes_falseleafs"},
                      {"nodes_falsenodeids"},
                      {"nodes_featureids"},
                      {"nodes_hitrates"},
                      {"nodes_missing_value_tracks_true"},
                      {"nodes_modes"},
                      {"nodes_splits"},
                      {"nodes_trueleafs"},
                      {"nodes_truenodeids"},
                      {"post_transform", std::int64_t{0}},
                      {"tree_roots"}},
       .infer = infer_flat,
       .reference = flat},
  };
  return defs;
}

}  // namespace onnxrun
