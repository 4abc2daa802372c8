// MelWeightMatrix: [dft_length / 2 + 1, num_mel_bins] weights that turn a spectrum into mel bands: triangles whose corners lie at
// equal distances on the mel scale, mel(f) = 2595 log10(1 + f / 700), rounded down to bins of the spectrum.
#include <cmath>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"

namespace onnxrun {
namespace {

enum Input { kBands, kDftLength, kSampleRate, kLower, kUpper };

void infer(InferContext& ctx) {
  for (const int i : {kBands, kDftLength, kSampleRate}) want_dtype(ctx, i, {DType::kInt32, DType::kInt64});
  want_same_dtype(ctx, kLower, kUpper);
  const auto bands = number_of(ctx, kBands), length = number_of(ctx, kDftLength);
  require(!bands || *bands >= 0, "{} bands", bands.value_or(0));
  require(!length || *length >= 1, "dft_length = {}", length.value_or(0));
  ctx.set(0, dtype_attribute(ctx.attrs(), "output_datatype"),
          Dims{length ? Dim(*length / 2 + 1) : ctx.fresh(), bands ? Dim(*bands) : ctx.fresh()});
}

double to_mel(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double to_hertz(double mel) { return 700 * (std::pow(10.0, mel / 2595) - 1); }

void reference(ReferenceContext& ctx) {
  const auto number = [&](int i) {
    require(ErrorCode::kUsage, ctx.in(i).size == 1, "input {} has {} elements, want 1", i, ctx.in(i).size);
    return converted<double>(ctx.in(i))[0];
  };
  const auto bands = static_cast<std::int64_t>(number(kBands)), length = static_cast<std::int64_t>(number(kDftLength));
  const double rate = number(kSampleRate), low = to_mel(number(kLower)), high = to_mel(number(kUpper));
  const std::int64_t bins = length / 2 + 1, shape[] = {bins, bands};
  ctx.allocate(0, shape);
  const double step = (high - low) / static_cast<double>(bands + 2);
  std::vector<std::int64_t> corners;
  for (std::int64_t i = 0; i < bands + 2; ++i) {
    const double bin = std::floor(static_cast<double>(length + 1) * to_hertz(low + step * static_cast<double>(i)) / rate);
    require(ErrorCode::kUsage, bin >= 0 && bin < static_cast<double>(bins), "a band reaches bin {} of {}", bin, bins);
    corners.push_back(static_cast<std::int64_t>(bin));
  }
  std::vector<double> y(static_cast<std::size_t>(bins * bands), 0.0);
  for (std::int64_t band = 0; band < bands; ++band) {
    const auto at = [&](std::int64_t bin) -> double& { return y[static_cast<std::size_t>(bin * bands + band)]; };
    const std::int64_t* c = corners.data() + band;
    for (std::int64_t i = c[0]; i < c[1]; ++i) at(i) = static_cast<double>(i - c[0]) / static_cast<double>(c[1] - c[0]);
    for (std::int64_t i = c[1]; i < c[2]; ++i) at(i) = static_cast<double>(c[2] - i) / static_cast<double>(c[2] - c[1]);
    at(c[1]) = 1;
  }
  dispatch(ctx.out(0).dtype, NumberTypes{}, [&]<class T>() { std::transform(y.begin(), y.end(), ctx.out(0).as<T>(), convert_element<T, double>); });
}

}  // namespace

std::span<const OpDef> mel_weight_matrix_ops() {
  static const OpDef defs[] = {
      {.name = "MelWeightMatrix", .versions = {17}, .inputs = {5, 5}, .attributes = {{"output_datatype", std::int64_t{1}}}, .infer = infer,
       .reference = reference, .traits = {.shape_inputs = kAllInputs}},
  };
  return defs;
}

}  // namespace onnxrun
