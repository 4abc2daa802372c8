// GridSample: every output element is taken from the input at the position that the grid gives, in [-1, 1] along each spatial
// dimension, the innermost first: the nearest element (ties to even), or a linear or cubic interpolation. Outside lie zeros, the
// border, or the input's reflection; align_corners: -1 and 1 are the centres of the corner elements, not their outer edges. Strings can't be
// weighed: they are taken by the mode nearest only, and outside lie empty ones.
// Versions: 16 calls the modes bilinear and bicubic and knows two spatial dimensions; 22 added types.
#include <numeric>

#include "engine/ir/grid_sampler.h"
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/convert.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/strided.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 20) return;
  const std::string& mode = ctx.attrs().s("mode");
  if (mode == "bilinear") ctx.attrs().set("mode", std::string("linear"));
  if (mode == "bicubic") ctx.attrs().set("mode", std::string("cubic"));
}

void infer(InferContext& ctx) {
  const std::string &mode = ctx.attrs().s("mode"), &padding = ctx.attrs().s("padding_mode");
  require(mode == "linear" || mode == "nearest" || mode == "cubic", "mode = \"{}\", want linear, nearest or cubic", mode);
  require(padding == "zeros" || padding == "border" || padding == "reflection", "padding_mode = \"{}\", want zeros, border or reflection", padding);
  require(mode == "nearest" || ctx.dtype(0) != DType::kString, "mode = \"{}\", want nearest for strings", mode);
  want_float(ctx, 1);
  want_min_rank(ctx, 0, 3);
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  const Dims& x = ctx.shape(0);
  want_rank(ctx, 1, ctx.rank(0));
  Dims dims = {x[0], x[1]};
  if (ctx.has_shape(1)) {
    const Dims& grid = ctx.shape(1);
    dims[0] = same_dim(x[0], grid[0], "the batch");
    same_dim(grid.back(), static_cast<std::int64_t>(x.size()) - 2, "the number of coordinates");
    dims.insert(dims.end(), grid.begin() + 1, grid.end() - 1);
  } else {
    for (std::size_t i = 2; i < x.size(); ++i) dims.push_back(ctx.fresh());
  }
  ctx.set(0, ctx.dtype(0), std::move(dims));
}

// The weighted sum over the taps of all dimensions from the first of `taps` on.
template <class T>
T gather(const T* x, std::span<const GridTaps> taps, const std::int64_t* strides) {
  if (taps.empty()) return *x;
  T sum{};
  for (std::size_t k = 0; k < static_cast<std::size_t>(taps[0].count); ++k) {
    const std::int64_t index = taps[0].index[k];
    const double weight = taps[0].weight[k];
    if (index >= 0 && weight != 0) sum += weight * gather(x + index * strides[0], taps.subspan(1), strides + 1);
  }
  return sum;
}

// T is double or a complex of doubles.
template <class T>
std::vector<T> sampled(ReferenceContext& ctx, const std::vector<T>& x) {
  const auto in = ctx.in(0).shape, out = ctx.out(0).shape;
  const GridSampler sampler = grid_sampler(ctx.attrs());
  const Reals grid = read_reals(ctx.in(1));
  const Strides strides = dense_strides(in);
  const std::size_t spatial = in.size() - 2;
  const std::int64_t channels = in[1], positions = element_count(out.subspan(2)), pixels = element_count(in.subspan(2));
  std::vector<T> y(static_cast<std::size_t>(ctx.out(0).size));
  for (std::int64_t n = 0; n < in[0]; ++n) {
    for (std::int64_t p = 0; p < positions; ++p) {
      const double* at = grid.data() + static_cast<std::size_t>(n * positions + p) * spatial;
      std::vector<GridTaps> taps;
      for (std::size_t d = 0; d < spatial; ++d) taps.push_back(sampler.at(at[spatial - 1 - d], in[2 + d]));
      for (std::int64_t c = 0; c < channels; ++c) {
        const T* channel = x.data() + (n * channels + c) * pixels;
        y[static_cast<std::size_t>((n * channels + c) * positions + p)] = gather(channel, taps, strides.data() + 2);
      }
    }
  }
  return y;
}

template <class T>
void sample_complex(ReferenceContext& ctx) {
  const auto x = ctx.in<T>(0);
  const auto y = sampled(ctx, std::vector<std::complex<double>>(x.begin(), x.end()));
  std::transform(y.begin(), y.end(), ctx.out<T>(0).begin(), [](std::complex<double> v) { return static_cast<T>(v); });
}

// By their places, counted from 1; 0 is outside.
void sample_strings(ReferenceContext& ctx) {
  Reals places(static_cast<std::size_t>(ctx.in(0).size));
  std::iota(places.begin(), places.end(), 1.0);
  const Reals y = sampled(ctx, places);
  const auto x = ctx.in<std::string>(0);
  std::transform(y.begin(), y.end(), ctx.out<std::string>(0).begin(), [&](double place) { return place == 0 ? "" : x[static_cast<std::size_t>(place) - 1]; });
}

void reference(ReferenceContext& ctx) {
  switch (ctx.in(0).dtype) {
    case DType::kString: return sample_strings(ctx);
    case DType::kComplex64: return sample_complex<std::complex<float>>(ctx);
    case DType::kComplex128: return sample_complex<std::complex<double>>(ctx);
    default: break;
  }
  const Reals y = sampled(ctx, read_reals(ctx.in(0)));
  dispatch(ctx.out(0).dtype, NumberAndBoolTypes{}, [&]<class T>() { std::transform(y.begin(), y.end(), ctx.out(0).as<T>(), convert_element<T, double>); });
}

}  // namespace

std::span<const OpDef> grid_sample_ops() {
  static const OpDef defs[] = {
      {.name = "GridSample", .versions = {16, 20, 22}, .inputs = {2, 2},
       .attributes = {{"align_corners", std::int64_t{0}}, {"mode", std::string("linear")}, {"padding_mode", std::string("zeros")}},
       .upgrade = upgrade, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
