// What the predictors of ai.onnx.ml do to their scores, and how they name classes.
#pragma once

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

// Class labels, which one of two attributes lists. Sets output 0 to [N] of their type; the number of classes.
std::int64_t infer_labels(InferContext& ctx, std::string_view ints, std::string_view strings);
// Writes the label of class `which` for row `row`.
void write_label(ReferenceContext& ctx, std::int64_t row, std::int64_t which, std::string_view ints, std::string_view strings);

// The numbers of an optional list of floats, empty when absent.
inline Reals floats_of(const Attributes& attrs, std::string_view name) {
  if (!attrs.has(name)) return {};
  const Floats& list = attrs.floats(name);
  return Reals(list.begin(), list.end());
}

}  // namespace onnxrun::ml
