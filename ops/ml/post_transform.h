// What the predictors of ai.onnx.ml do to their scores, and how they name classes.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun::ml {

enum class PostTransform { kNone, kSoftmax, kLogistic, kSoftmaxZero, kProbit };

// By ONNX's names ("SOFTMAX_ZERO"). Throws Error(kBadModel) for anything else.
PostTransform post_transform_from(std::string_view name);
// Applies it to the scores of one row. softmax_zero leaves zeros out; a single score is not turned by a softmax.
void apply(PostTransform transform, std::span<double> row);
double logistic(double x);

// Inputs are numbers of these types, [N, F] or [F].
void want_features(const InferContext& ctx, int i = 0);
// N and F of input 0; one row when its rank is 1.
struct Rows {
  explicit Rows(const TensorView& x);
  std::int64_t count, width;
};

// [N, columns], where input 0 is [N, F] or [F]; nullopt where its shape is unknown.
std::optional<Dims> rows_by(const InferContext& ctx, std::int64_t columns);

// Makes the scores of every row of features (input 0), row by row, and writes them to output `to` if it is wanted.
using ScoreRow = std::function<void(std::int64_t row, std::span<const double> x, Reals& scores)>;
void score_rows(ReferenceContext& ctx, int to, const ScoreRow& score);

// Class labels, which one of two attributes lists.
struct Labels {
  const char *ints, *strings;  // the attributes' names

  std::int64_t count(const Attributes& attrs) const;
  // Sets output 0 to [N] of their type. Throws unless one of the two lists has labels.
  std::int64_t infer(InferContext& ctx) const;
};
// score_rows() to output 1, and the labels to output 0: `classify` makes the scores and returns the class.
using ClassifyRow = std::function<std::int64_t(std::span<const double> x, Reals& scores)>;
void classify_rows(ReferenceContext& ctx, const Labels& labels, const ClassifyRow& classify);

// The numbers of an optional list of floats, empty when absent.
inline Reals floats_of(const Attributes& attrs, std::string_view name) {
  if (!attrs.has(name)) return {};
  const Floats& list = attrs.floats(name);
  return Reals(list.begin(), list.end());
}

}  // namespace onnxrun::ml
