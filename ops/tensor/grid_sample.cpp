// GridSample: every output element is taken from the input at the position that the grid gives, in [-1, 1] along each spatial
// dimension, the innermost first: the nearest element (ties to even), or a linear or cubic interpolation. Outside lie zeros, the
// border, or the input's reflection; align_corners: -1 and 1 are the centres of the corner elements, not their outer edges.
// Versions: 16 calls the modes bilinear and bicubic and knows two spatial dimensions; 22 added types.
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
double gather(const double* x, std::span<const GridTaps> taps, const std::int64_t* strides) {
  if (taps.empty()) return *x;
  double sum = 0;
  for (std::size_t k = 0; k < static_cast<std::size_t>(taps[0].count); ++k) {
    const std::int64_t index = taps[0].index[k];
    const double weight = taps[0].weight[k];
    if (index >= 0 && weight != 0) sum += weight * gather(x + index * strides[0], taps.subspan(1), strides + 1);
  }
  return sum;
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(0).shape, out = ctx.out(0).shape;
  const GridSampler sampler = grid_sampler(ctx.attrs());
  const Reals x = read_reals(ctx.in(0)), grid = read_reals(ctx.in(1));
  const Strides strides = dense_strides(in);
  const std::size_t spatial = in.size() - 2;
  const std::int64_t channels = in[1], positions = element_count(out.subspan(2)), pixels = element_count(in.subspan(2));
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  for (std::int64_t n = 0; n < in[0]; ++n) {
    for (std::int64_t p = 0; p < positions; ++p) {
      const double* at = grid.data() + static_cast<std::size_t>(n * positions + p) * spatial;
      std::vector<GridTaps> taps;
      for (std::size_t d = 0; d < spatial; ++d) taps.push_back(sampler.at(at[spatial - 1 - d], in[2 + d]));
      for (std::int64_t c = 0; c < channels; ++c) {
        const double* channel = x.data() + (n * channels + c) * pixels;
        y[static_cast<std::size_t>((n * channels + c) * positions + p)] = gather(channel, taps, strides.data() + 2);
      }
    }
  }
  dispatch(ctx.out(0).dtype, NumberTypes{}, [&]<class T>() { std::transform(y.begin(), y.end(), ctx.out(0).as<T>(), convert_element<T, double>); });
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
