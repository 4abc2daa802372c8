// ai.onnx.ml operators that prepare features, a row per operator. x is [N, F] or [F] of float, double, int32 or int64.
//   Scaler                 y = (x - offset) * scale, one number each or one per feature; y is float
//   Normalizer             y = x / max(x), x / sum |x| or x / sqrt(sum x^2) per row, x where the divisor is 0; y is float
//   Binarizer              1 where x > threshold, else 0
//   Imputer                imputed_value in place of replaced_value (NaN equals NaN), one number or one per feature
//   FeatureVectorizer      the rows of several inputs behind each other, cut or filled with zeros to inputdimensions; float
//   ArrayFeatureExtractor  the elements of x's last dimension that input 1 names; a vector gives [1, n]
//   OneHotEncoder          a last dimension with a 1 at the place of each element's category
#include <algorithm>
#include <cmath>

#include "ops/common/dispatch.h"
#include "ops/common/index.h"
#include "ops/ml/post_transform.h"

namespace onnxrun {
namespace {

using FeatureTypes = TypeList<float, double, std::int32_t, std::int64_t>;

// The last dimension, 1 for a scalar.
Dim last_dim(const Dims& dims) { return dims.empty() ? Dim(1) : dims.back(); }

// Attribute `name` has 1 number, or one per feature.
void want_per_feature(const InferContext& ctx, std::string_view name, std::size_t size) {
  require(size >= 1, "attribute {} is empty", name);
  if (size == 1 || !ctx.has_shape(0)) return;
  same_dim(last_dim(ctx.shape(0)), static_cast<std::int64_t>(size), "the number of features and of " + std::string(name));
}

void infer_floats(InferContext& ctx) {
  ml::want_features(ctx);
  ctx.set(0, DType::kFloat32, ctx.in(0).shape);
}

void infer_scaler(InferContext& ctx) {
  infer_floats(ctx);
  for (const char* name : {"offset", "scale"}) want_per_feature(ctx, name, ctx.attrs().floats(name).size());
}

void scaler(ReferenceContext& ctx) {
  const Reals offset = ml::floats_of(ctx.attrs(), "offset"), scale = ml::floats_of(ctx.attrs(), "scale");
  Reals x = read_reals(ctx.in(0));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (x[i] - offset[i % offset.size()]) * scale[i % scale.size()];
  write_reals(ctx.out(0), x);
}

void infer_normalizer(InferContext& ctx) {
  infer_floats(ctx);
  const std::string& norm = ctx.attrs().s("norm");
  require(norm == "MAX" || norm == "L1" || norm == "L2", "attribute norm is '{}', want MAX, L1 or L2", norm);
}

void normalizer(ReferenceContext& ctx) {
  const std::string& norm = ctx.attrs().s("norm");
  Reals x = read_reals(ctx.in(0));
  const std::size_t width = static_cast<std::size_t>(ml::Rows(ctx.in(0)).width);
  for (std::size_t begin = 0; width > 0 && begin < x.size(); begin += width) {
    const std::span<double> row(x.data() + begin, width);
    double divisor = norm == "MAX" ? row[0] : 0;
    for (const double v : row) divisor = norm == "MAX" ? std::max(divisor, v) : divisor + (norm == "L1" ? std::fabs(v) : v * v);
    if (norm == "L2") divisor = std::sqrt(divisor);
    for (double& v : row) v = divisor == 0 ? v : v / divisor;
  }
  write_reals(ctx.out(0), x);
}

void infer_same_type(InferContext& ctx) {
  ml::want_features(ctx);
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
}

void binarizer(ReferenceContext& ctx) {
  Reals x = read_reals(ctx.in(0));
  for (double& v : x) v = v > ctx.attrs().f("threshold") ? 1 : 0;
  write_reals(ctx.out(0), x);
}

// The imputed values and the replaced one: those for floats, or those for integers.
std::pair<Reals, double> imputed(const Attributes& attrs, DType dtype) {
  if (dtype == DType::kFloat32 || dtype == DType::kFloat64)
    return {ml::floats_of(attrs, "imputed_value_floats"), attrs.f("replaced_value_float")};
  const Ints values = attrs.ints("imputed_value_int64s", {});
  return {Reals(values.begin(), values.end()), static_cast<double>(attrs.i("replaced_value_int64"))};
}

void infer_imputer(InferContext& ctx) {
  infer_same_type(ctx);
  if (ctx.dtype(0) != DType::kUndefined) want_per_feature(ctx, "imputed_value", imputed(ctx.attrs(), ctx.dtype(0)).first.size());
}

void imputer(ReferenceContext& ctx) {
  const auto [values, replaced] = imputed(ctx.attrs(), ctx.in(0).dtype);
  Reals x = read_reals(ctx.in(0));
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == replaced || (x[i] != x[i] && replaced != replaced)) x[i] = values[i % values.size()];
  }
  write_reals(ctx.out(0), x);
}

void infer_vectorizer(InferContext& ctx) {
  std::optional<Dim> rows;
  Dim width = 0;
  const bool given = ctx.attrs().has("inputdimensions");
  require(!given || static_cast<int>(ctx.attrs().ints("inputdimensions").size()) == ctx.inputs(),
          "attribute inputdimensions has {} entries for {} inputs", given ? ctx.attrs().ints("inputdimensions").size() : 0,
          ctx.inputs());
  for (int i = 0; i < ctx.inputs(); ++i) {
    require(ctx.has(i), "input {} is missing", i);
    ml::want_features(ctx, i);
    if (!ctx.has_shape(i)) return ctx.set(0, DType::kFloat32, std::nullopt);
    const Dims& x = ctx.shape(i);
    require(x.size() == 1 || x.size() == 2, "input {} has shape {}, want rank 1 or 2", i, dims_str(x));
    const Dim count = x.size() == 1 ? Dim(1) : x[0];
    rows = rows ? same_dim(*rows, count, "the number of rows") : count;
    const std::int64_t wanted = given ? ctx.attrs().ints("inputdimensions")[static_cast<std::size_t>(i)] : 0;
    require(wanted >= 0 && wanted < (std::int64_t{1} << 31), "attribute inputdimensions holds {}", wanted);
    width = width + (given ? Dim(wanted) : x.back());
  }
  ctx.set(0, DType::kFloat32, Dims{*rows, width});
}

void vectorizer(ReferenceContext& ctx) {
  const std::int64_t rows = ctx.out(0).shape[0], width = ctx.out(0).shape[1];
  Reals y(static_cast<std::size_t>(rows * width), 0.0);
  std::int64_t begin = 0;
  for (int i = 0; i < ctx.inputs(); ++i) {
    const Reals x = read_reals(ctx.in(i));
    const std::int64_t have = ctx.in(i).shape.back();
    const std::int64_t wanted =
        ctx.attrs().has("inputdimensions") ? ctx.attrs().ints("inputdimensions")[static_cast<std::size_t>(i)] : have;
    for (std::int64_t r = 0; r < rows; ++r)
      std::copy_n(x.begin() + r * have, std::min(have, wanted), y.begin() + r * width + begin);
    begin += wanted;
  }
  write_reals(ctx.out(0), y);
}

void infer_extractor(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64, DType::kString});
  want_dtype(ctx, 1, {DType::kInt64});
  want_min_rank(ctx, 0, 1);
  if (!ctx.has_shape(0) || !ctx.has_shape(1)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  Dims y = ctx.shape(0);
  y.back() = dims_product(ctx.shape(1));
  if (y.size() == 1) y.insert(y.begin(), Dim(1));
  ctx.set(0, ctx.dtype(0), std::move(y));
}

void extractor(ReferenceContext& ctx) {
  const std::int64_t width = ctx.in(0).shape.back(), count = ctx.in(1).size;
  const std::vector<std::int64_t> at = checked_indices(ctx.in(1), width);
  dispatch(ctx.in(0).dtype, TypeList<float, double, std::int32_t, std::int64_t, std::string>{}, [&]<class T>() {
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<T>(0);
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(y.size()); ++i) {
      y[static_cast<std::size_t>(i)] = x[static_cast<std::size_t>(i / count * width + at[static_cast<std::size_t>(i % count)])];
    }
  });
}

void infer_one_hot(InferContext& ctx) {
  const bool words = ctx.attrs().has("cats_strings");
  require(words != ctx.attrs().has("cats_int64s"), "has both or none of cats_strings and cats_int64s, want one");
  if (words) {
    want_dtype(ctx, 0, {DType::kString});
  } else {
    ml::want_features(ctx);
  }
  if (!ctx.has_shape(0)) return ctx.set(0, DType::kFloat32, std::nullopt);
  Dims y = ctx.shape(0);
  y.push_back(
      static_cast<std::int64_t>(words ? ctx.attrs().strings("cats_strings").size() : ctx.attrs().ints("cats_int64s").size()));
  ctx.set(0, DType::kFloat32, std::move(y));
}

template <class T, class C>
void one_hot(ReferenceContext& ctx, const std::vector<C>& categories, std::span<const T> x) {
  const auto y = ctx.out<float>(0);
  std::ranges::fill(y, 0.0f);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto at = std::ranges::find(categories, static_cast<C>(x[i]));
    require(ErrorCode::kUsage, at != categories.end() || ctx.attrs().i("zeros") != 0,
            "element {} is of no known category, and attribute zeros is 0", i);
    if (at != categories.end()) y[i * categories.size() + static_cast<std::size_t>(at - categories.begin())] = 1;
  }
}

void one_hot(ReferenceContext& ctx) {
  if (ctx.in(0).dtype == DType::kString)
    return one_hot<std::string>(ctx, ctx.attrs().strings("cats_strings"), ctx.in<std::string>(0));
  const std::vector<std::int64_t> x = converted<std::int64_t>(ctx.in(0));
  one_hot<std::int64_t>(ctx, ctx.attrs().ints("cats_int64s"), std::span<const std::int64_t>(x));
}

OpDef row(std::string_view name, Arity inputs, std::vector<AttributeSpec> attributes, void (*infer)(InferContext&),
          void (*reference)(ReferenceContext&)) {
  return {.name = name,
          .domain = kOnnxMl,
          .inputs = inputs,
          .attributes = std::move(attributes),
          .infer = infer,
          .reference = reference};
}

}  // namespace

std::span<const OpDef> features_ops() {
  static const OpDef defs[] = {
      row("Scaler", {1, 1}, {{"offset", std::nullopt, true}, {"scale", std::nullopt, true}}, infer_scaler, scaler),
      row("Normalizer", {1, 1}, {{"norm", std::string("MAX")}}, infer_normalizer, normalizer),
      row("Binarizer", {1, 1}, {{"threshold", 0.0f}}, infer_same_type, binarizer),
      row("Imputer", {1, 1},
          {{"imputed_value_floats"},
           {"imputed_value_int64s"},
           {"replaced_value_float", 0.0f},
           {"replaced_value_int64", std::int64_t{0}}},
          infer_imputer, imputer),
      row("FeatureVectorizer", {1, kVariadic}, {{"inputdimensions"}}, infer_vectorizer, vectorizer),
      row("ArrayFeatureExtractor", {2, 2}, {}, infer_extractor, extractor),
      row("OneHotEncoder", {1, 1}, {{"cats_int64s"}, {"cats_strings"}, {"zeros", std::int64_t{1}}}, infer_one_hot, one_hot),
  };
  return defs;
}

}  // namespace onnxrun
