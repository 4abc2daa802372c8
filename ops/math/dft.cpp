// DFT: the discrete Fourier transform along an axis; the last dimension holds [real] or [real, imaginary]. onesided keeps the
// first half and one (inverse: takes such a half and gives a real signal). STFT: the transforms of windows that slide over a
// signal [batch, length, 1 or 2] in steps; gives [batch, frames, bins, 2].
// Versions of DFT: 17 has the axis as an attribute (default 1), 20 as input 2 (default -2).
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/math/fft.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 20) return;
  ctx.set_in(2, ctx.constant(Tensor::of<std::int64_t>({}, {ctx.attrs().i("axis", 1)})));
  ctx.attrs().erase("axis");
}

// A length that an input of one element gives, if it is there and known.
std::optional<Dim> length_in(const InferContext& ctx, int i) {
  want_dtype(ctx, i, {DType::kInt32, DType::kInt64});
  const auto known = contents_of(ctx, i);
  if (!known) return std::nullopt;
  require(known->size() == 1, "input {} has {} elements, want 1", i, known->size());
  require(!known->front().known() || known->front().value() >= 1, "input {} is {}, want at least 1", i, known->front().str());
  return known->front();
}

// Where the last dimension may be 1 (real) or 2 (complex).
void want_parts(const InferContext& ctx) {
  const Dim& parts = ctx.shape(0).back();
  require(!parts.known() || parts.is(1) || parts.is(2), "the last dimension is {}, want 1 or 2", parts.str());
}

int dft_axis(std::int64_t axis, int rank) {
  const int normal = normalize_axis(axis, rank);
  require(normal < rank - 1, "axis {} is the one of real and imaginary parts", axis);
  return normal;
}

void infer_dft(InferContext& ctx) {
  want_float(ctx, 0);
  want_min_rank(ctx, 0, 2);
  const auto given = length_in(ctx, 1);
  const auto axis = ctx.has(2) ? number_of(ctx, 2) : std::optional<std::int64_t>(-2);
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  want_parts(ctx);
  const bool onesided = ctx.attrs().i("onesided") != 0, inverse = ctx.attrs().i("inverse") != 0;
  Dims dims = ctx.shape(0);
  if (!axis) {
    dims = ctx.fresh_dims(ctx.rank(0));
  } else {
    Dim& d = dims[static_cast<std::size_t>(dft_axis(*axis, ctx.rank(0)))];
    const Dim length = ctx.has(1) ? (given ? *given : ctx.fresh()) : onesided && inverse ? Dim(2) * (d - 1) : d;
    d = onesided && !inverse ? floor_div(length, 2) + 1 : length;
  }
  dims.back() = onesided && inverse ? 1 : 2;
  ctx.set(0, ctx.dtype(0), std::move(dims));
}

// Cuts or extends by zeros.
Signal resized(Signal x, std::int64_t length) {
  x.resize(static_cast<std::size_t>(length));
  return x;
}

// Half a spectrum made whole: X[n - k] is the conjugate of X[k].
Signal mirrored(Signal x, std::int64_t length) {
  x = resized(resized(std::move(x), length / 2 + 1), length);
  for (std::int64_t k = 1; k < length - k; ++k) x[static_cast<std::size_t>(length - k)] = std::conj(x[static_cast<std::size_t>(k)]);
  return x;
}

std::int64_t scalar(const ReferenceContext& ctx, int i) {
  require(ErrorCode::kUsage, ctx.in(i).size == 1, "input {} has {} elements, want 1", i, ctx.in(i).size);
  return converted<std::int64_t>(ctx.in(i))[0];
}

void dft(ReferenceContext& ctx) {
  const auto in = ctx.in(0).shape;
  const bool onesided = ctx.attrs().i("onesided") != 0, inverse = ctx.attrs().i("inverse") != 0;
  const int axis = dft_axis(ctx.has(2) ? scalar(ctx, 2) : -2, static_cast<int>(in.size()));
  const std::int64_t parts = in.back();
  AxisSplit s = split_at(in.first(in.size() - 1), axis);
  const std::int64_t length = ctx.has(1) ? scalar(ctx, 1) : onesided && inverse ? 2 * (s.axis - 1) : s.axis;
  require(ErrorCode::kUsage, length >= 1, "a transform of length {}", length);
  const std::int64_t kept = onesided && !inverse ? length / 2 + 1 : length, out_parts = onesided && inverse ? 1 : 2;
  Shape out(in.begin(), in.end());
  out[static_cast<std::size_t>(axis)] = kept;
  out.back() = out_parts;
  ctx.allocate(0, out);
  const Reals x = read_reals(ctx.in(0));
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      Signal signal;
      for (std::int64_t k = 0; k < s.axis; ++k) {
        const double* at = x.data() + ((o * s.axis + k) * s.inner + i) * parts;
        signal.emplace_back(at[0], parts == 2 ? at[1] : 0.0);
      }
      signal = onesided && inverse ? mirrored(std::move(signal), length) : resized(std::move(signal), length);
      signal = fourier_transform(std::move(signal), inverse);
      for (std::int64_t k = 0; k < kept; ++k) {
        double* at = y.data() + ((o * kept + k) * s.inner + i) * out_parts;
        at[0] = signal[static_cast<std::size_t>(k)].real();
        if (out_parts == 2) at[1] = signal[static_cast<std::size_t>(k)].imag();
      }
    }
  }
  write_reals(ctx.out(0), y);
}

enum StftInput { kSignal, kStep, kWindow, kLength };

void infer_stft(InferContext& ctx) {
  want_float(ctx, kSignal);
  want_same_dtype(ctx, kSignal, kWindow);
  want_rank(ctx, kSignal, 3);
  want_rank(ctx, kWindow, 1);
  const auto step = length_in(ctx, kStep);
  std::optional<Dim> length = length_in(ctx, kLength);
  if (!ctx.has_shape(kSignal)) return ctx.set(0, ctx.dtype(0), ctx.fresh_dims(4));
  want_parts(ctx);
  const Dims& signal = ctx.shape(kSignal);
  if (ctx.has_shape(kWindow)) length = length ? same_dim(*length, ctx.shape(kWindow)[0], "the window's length") : ctx.shape(kWindow)[0];
  if (!ctx.has(kWindow) && !ctx.has(kLength)) length = signal[1];
  if (length && length->known() && signal[1].known()) {
    require(length->value() <= signal[1].value(), "a window of {} for a signal of {}", length->value(), signal[1].value());
  }
  const Dim frames = length && step ? floor_div(signal[1] - *length, *step) + 1 : ctx.fresh();
  const Dim bins = !length ? ctx.fresh() : ctx.attrs().i("onesided") != 0 ? floor_div(*length, 2) + 1 : *length;
  ctx.set(0, ctx.dtype(0), Dims{signal[0], frames, bins, 2});
}

void stft(ReferenceContext& ctx) {
  const auto in = ctx.in(kSignal).shape;
  const std::int64_t batch = in[0], size = in[1], parts = in[2], step = scalar(ctx, kStep);
  const Reals window = ctx.has(kWindow) ? read_reals(ctx.in(kWindow)) : Reals{};
  const std::int64_t length = ctx.has(kLength) ? scalar(ctx, kLength) : ctx.has(kWindow) ? ctx.in(kWindow).size : size;
  require(ErrorCode::kUsage, step >= 1 && length >= 1 && length <= size, "windows of {} in steps of {} for a signal of {}", length, step, size);
  require(ErrorCode::kUsage, window.empty() || static_cast<std::int64_t>(window.size()) == length, "a window of {} for frames of {}", window.size(), length);
  const std::int64_t frames = (size - length) / step + 1, bins = ctx.attrs().i("onesided") != 0 ? length / 2 + 1 : length;
  const std::int64_t out[] = {batch, frames, bins, 2};
  ctx.allocate(0, out);
  const Reals x = read_reals(ctx.in(kSignal));
  Reals y;
  y.reserve(static_cast<std::size_t>(ctx.out(0).size));
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t f = 0; f < frames; ++f) {
      Signal frame;
      for (std::int64_t k = 0; k < length; ++k) {
        const double* at = x.data() + (b * size + f * step + k) * parts;
        frame.push_back(std::complex<double>(at[0], parts == 2 ? at[1] : 0.0) * (window.empty() ? 1.0 : window[static_cast<std::size_t>(k)]));
      }
      frame = fourier_transform(std::move(frame), false);
      for (std::int64_t k = 0; k < bins; ++k) {
        y.push_back(frame[static_cast<std::size_t>(k)].real());
        y.push_back(frame[static_cast<std::size_t>(k)].imag());
      }
    }
  }
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> dft_ops() {
  static const OpDef defs[] = {
      {.name = "DFT", .versions = {17, 20}, .inputs = {1, 3}, .attributes = {{"inverse", std::int64_t{0}}, {"onesided", std::int64_t{0}}},
       .upgrade = upgrade, .infer = infer_dft, .reference = dft, .traits = {.shape_inputs = kAllButFirst}},
      {.name = "STFT", .versions = {17}, .inputs = {2, 4}, .attributes = {{"onesided", std::int64_t{1}}}, .infer = infer_stft, .reference = stft,
       .traits = {.shape_inputs = 1u << 1 | 1u << 3}},
  };
  return defs;
}

}  // namespace onnxrun
