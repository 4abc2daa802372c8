// RandomUniform, RandomNormal and their Like forms (shape and, without dtype, element type of the input); Bernoulli (1 with the
// probability that the input gives); Multinomial (sample_size classes per row of unnormalised log-probabilities). The attribute
// seed makes results repeatable. Versions: types only.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/checks.h"
#include "ops/common/convert.h"
#include "ops/common/random.h"

namespace onnxrun {
namespace {

void infer_shaped(InferContext& ctx) {
  const Ints& shape = ctx.attrs().ints("shape");
  for (const std::int64_t d : shape) require(d >= 0, "shape {} has a negative size", dims_str(dims_of(shape)));
  ctx.set(0, dtype_attribute(ctx.attrs(), "dtype"), dims_of(shape));
}

void infer_like(InferContext& ctx) {
  ctx.set(0, ctx.attrs().has("dtype") ? dtype_attribute(ctx.attrs(), "dtype") : ctx.dtype(0), ctx.in(0).shape);
}

template <class F>
void fill(ReferenceContext& ctx, F next) {
  Random random = Random::of(ctx.attrs());
  dispatch(ctx.out(0).dtype, FloatTypes{}, [&]<class T>() {
    for (T& v : ctx.out<T>(0)) v = convert_element<T>(next(random));
  });
}

void uniform(ReferenceContext& ctx) {
  const double low = ctx.attrs().f("low"), high = ctx.attrs().f("high");
  fill(ctx, [&](Random& r) { return low + (high - low) * r.uniform(); });
}

void normal(ReferenceContext& ctx) {
  const double mean = ctx.attrs().f("mean"), scale = ctx.attrs().f("scale");
  fill(ctx, [&](Random& r) { return mean + scale * r.normal(); });
}

void bernoulli(ReferenceContext& ctx) {
  Random random = Random::of(ctx.attrs());
  const auto p = converted<double>(ctx.in(0));
  dispatch(ctx.out(0).dtype, NumberAndBoolTypes{}, [&]<class T>() {
    const auto y = ctx.out<T>(0);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = convert_element<T>(std::int64_t{random.uniform() < p[i]});
  });
}

void infer_multinomial(InferContext& ctx) {
  want_rank(ctx, 0, 2);
  const DType dtype = dtype_attribute(ctx.attrs(), "dtype");
  require(dtype == DType::kInt32 || dtype == DType::kInt64, "dtype = {}, want i32 or i64", dtype_name(dtype));
  const std::int64_t samples = ctx.attrs().i("sample_size");
  require(samples >= 0, "sample_size = {}", samples);
  ctx.set(0, dtype, Dims{ctx.has_shape(0) ? ctx.shape(0)[0] : ctx.fresh(), Dim(samples)});
}

void multinomial(ReferenceContext& ctx) {
  Random random = Random::of(ctx.attrs());
  const auto x = converted<double>(ctx.in(0));
  const std::int64_t rows = ctx.in(0).shape[0], classes = ctx.in(0).shape[1], samples = ctx.out(0).shape[1];
  require(ErrorCode::kUsage, classes > 0 || ctx.out(0).size == 0, "no classes to draw from");
  dispatch(ctx.out(0).dtype, IndexTypes{}, [&]<class T>() {
    T* y = ctx.out(0).as<T>();
    for (std::int64_t row = 0; row < rows; ++row) {
      const double* logits = x.data() + row * classes;
      const double top = classes > 0 ? *std::max_element(logits, logits + classes) : 0;
      std::vector<double> sums;  // of the probabilities up to each class
      double total = 0;
      for (std::int64_t c = 0; c < classes; ++c) sums.push_back(total += std::exp(logits[c] - top));
      for (std::int64_t s = 0; s < samples; ++s) {
        const auto at = std::upper_bound(sums.begin(), sums.end(), random.uniform() * total) - sums.begin();
        *y++ = static_cast<T>(std::min(at, classes - 1));
      }
    }
  });
}

OpDef random(std::string_view name, std::vector<int> versions, int inputs, std::vector<AttributeSpec> attributes, void (*infer)(InferContext&),
             void (*reference)(ReferenceContext&)) {
  return {.name = name, .versions = std::move(versions), .inputs = {inputs, inputs}, .attributes = std::move(attributes), .infer = infer,
          .reference = reference, .traits = {.deterministic = false}};
}

}  // namespace

std::span<const OpDef> random_ops() {
  const AttributeSpec seed{"seed", {}}, any_type{"dtype", {}}, float_type{"dtype", std::int64_t{1}}, shape{"shape", {}, true};
  static const OpDef defs[] = {
      random("RandomUniform", {1, 22}, 0, {shape, float_type, seed, {"low", 0.0f}, {"high", 1.0f}}, infer_shaped, uniform),
      random("RandomNormal", {1, 22}, 0, {shape, float_type, seed, {"mean", 0.0f}, {"scale", 1.0f}}, infer_shaped, normal),
      random("RandomUniformLike", {1, 22}, 1, {any_type, seed, {"low", 0.0f}, {"high", 1.0f}}, infer_like, uniform),
      random("RandomNormalLike", {1, 22}, 1, {any_type, seed, {"mean", 0.0f}, {"scale", 1.0f}}, infer_like, normal),
      random("Bernoulli", {15, 22}, 1, {any_type, seed}, infer_like, bernoulli),
      random("Multinomial", {7, 22}, 1, {{"dtype", std::int64_t{6}}, seed, {"sample_size", std::int64_t{1}}}, infer_multinomial, multinomial),
  };
  return defs;
}

}  // namespace onnxrun
