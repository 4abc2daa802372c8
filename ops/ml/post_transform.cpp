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

std::int64_t infer_labels(InferContext& ctx, std::string_view ints, std::string_view strings) {
  const auto count = [&](std::string_view name, bool words) -> std::int64_t {
    if (!ctx.attrs().has(name)) return 0;
    return static_cast<std::int64_t>(words ? ctx.attrs().strings(name).size() : ctx.attrs().ints(name).size());
  };
  const std::int64_t numbers = count(ints, false), words = count(strings, true);
  require((numbers == 0) != (words == 0), "has {} labels in {} and {} in {}, want labels in one of them", numbers, ints, words,
          strings);
  std::optional<Dims> shape;
  if (ctx.has_shape(0)) {
    require(ctx.rank(0) == 1 || ctx.rank(0) == 2, "input 0 has shape {}, want rank 1 or 2", dims_str(ctx.shape(0)));
    shape = Dims{ctx.rank(0) == 1 ? Dim(1) : ctx.shape(0)[0]};
  }
  ctx.set(0, words > 0 ? DType::kString : DType::kInt64, std::move(shape));
  return numbers + words;
}

void write_label(ReferenceContext& ctx, std::int64_t row, std::int64_t which, std::string_view ints, std::string_view strings) {
  if (!ctx.wants(0)) return;
  const auto r = static_cast<std::size_t>(row), w = static_cast<std::size_t>(which);
  if (ctx.out(0).dtype == DType::kString) {
    ctx.out<std::string>(0)[r] = ctx.attrs().strings(strings)[w];
  } else {
    ctx.out<std::int64_t>(0)[r] = ctx.attrs().ints(ints)[w];
  }
}

}  // namespace onnxrun::ml
