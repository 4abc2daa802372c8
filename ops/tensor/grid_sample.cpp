// GridSample: every output element is taken from the input at the position that the grid gives, in [-1, 1] along each spatial
// dimension, the innermost first: the nearest element (ties to even), or a linear or cubic interpolation. Outside lie zeros, the
// border, or the input's reflection; align_corners: -1 and 1 are the centres of the corner elements, not their outer edges.
// Versions: 16 calls the modes bilinear and bicubic and knows two spatial dimensions; 22 added types.
#include <cmath>

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

// x thrown back at low and high until it lies between them.
double reflected(double x, double low, double high) {
  const double range = high - low;
  if (range <= 0) return low;
  const double t = std::fmod(std::abs(x - low), 2 * range);
  return t > range ? high - (t - range) : low + t;
}

class Sampler {
 public:
  explicit Sampler(const Attributes& attrs)
      : mode_(attrs.s("mode")), padding_(attrs.s("padding_mode")), corners_(attrs.i("align_corners") != 0) {}

  // The elements that weigh in at a grid coordinate, as (index or -1 for a zero, weight).
  using Taps = std::vector<std::pair<std::int64_t, double>>;
  Taps taps(double grid, std::int64_t size) const {
    const double length = static_cast<double>(size);
    double x = static_cast<float>(corners_ ? (grid + 1) / 2 * (length - 1) : ((grid + 1) * length - 1) / 2);
    x = std::isnan(x) ? -1e9 : std::clamp(x, -1e9, 1e9);
    if (mode_ == "nearest") x = round_even(x);
    if (x < low() || x > high(size)) {
      if (padding_ == "border") x = std::clamp(x, 0.0, length - 1);
      if (padding_ == "reflection") x = reflected(x, low(), high(size));
    }
    if (mode_ == "nearest") return {{element(static_cast<std::int64_t>(x), size), 1.0}};
    const double left = std::floor(x), t = x - left;
    const auto at = static_cast<std::int64_t>(left);
    if (mode_ == "linear") return {{element(at, size), 1 - t}, {element(at + 1, size), t}};
    return {{element(at - 1, size), cubic(1 + t)}, {element(at, size), cubic(t)}, {element(at + 1, size), cubic(1 - t)}, {element(at + 2, size), cubic(2 - t)}};
  }

 private:
  double low() const { return corners_ ? 0.0 : -0.5; }
  double high(std::int64_t size) const { return static_cast<double>(size) - (corners_ ? 1.0 : 0.5); }
  std::int64_t element(std::int64_t i, std::int64_t size) const {
    if (i >= 0 && i < size) return i;
    if (padding_ == "zeros" || size == 0) return -1;
    if (padding_ == "border") return std::clamp<std::int64_t>(i, 0, size - 1);
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(reflected(static_cast<double>(i), low(), high(size))), 0, size - 1);
  }
  static double cubic(double t) {  // Keys' kernel with -0.75
    constexpr double a = -0.75;
    return t <= 1 ? ((a + 2) * t - (a + 3)) * t * t + 1 : a * (((t - 5) * t + 8) * t - 4);
  }

  std::string mode_, padding_;
  bool corners_;
};

// The weighted sum over the taps of all dimensions from the first of `taps` on.
double gather(const double* x, std::span<const Sampler::Taps> taps, const std::int64_t* strides) {
  if (taps.empty()) return *x;
  double sum = 0;
  for (const auto& [index, weight] : taps[0]) {
    if (index >= 0 && weight != 0) sum += weight * gather(x + index * strides[0], taps.subspan(1), strides + 1);
  }
  return sum;
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(0).shape, out = ctx.out(0).shape;
  const Sampler sampler(ctx.attrs());
  const Reals x = read_reals(ctx.in(0)), grid = read_reals(ctx.in(1));
  const Strides strides = dense_strides(in);
  const std::size_t spatial = in.size() - 2;
  const std::int64_t channels = in[1], positions = element_count(out.subspan(2)), pixels = element_count(in.subspan(2));
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  for (std::int64_t n = 0; n < in[0]; ++n) {
    for (std::int64_t p = 0; p < positions; ++p) {
      const double* at = grid.data() + static_cast<std::size_t>(n * positions + p) * spatial;
      std::vector<Sampler::Taps> taps;
      for (std::size_t d = 0; d < spatial; ++d) taps.push_back(sampler.taps(at[spatial - 1 - d], in[2 + d]));
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
