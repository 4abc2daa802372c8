// HannWindow, HammingWindow, BlackmanWindow of N points, a row per operator, with t = 2 pi n / N (periodic) or 2 pi n / (N - 1):
//   (1 - cos t) / 2;  25/46 - 21/46 cos t;  0.42 - 0.5 cos t + 0.08 cos 2t
#include <cmath>
#include <numbers>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kInt32, DType::kInt64});
  const auto size = contents_of(ctx, 0);
  require(!size || size->size() == 1, "the size has {} elements, want 1", size ? size->size() : 0);
  const Dim n = size ? size->front() : ctx.fresh();
  require(!n.known() || n.value() >= 0, "a window of {} points", n.str());
  ctx.set(0, dtype_attribute(ctx.attrs(), "output_datatype"), Dims{n});
}

template <class F>
void reference(ReferenceContext& ctx) {
  const std::int64_t n = converted<std::int64_t>(ctx.in(0)).at(0);
  require(ErrorCode::kUsage, n >= 0, "a window of {} points", n);
  const std::int64_t shape[] = {n};
  ctx.allocate(0, shape);
  const std::int64_t period = ctx.attrs().i("periodic") != 0 ? n : std::max<std::int64_t>(n - 1, 1);
  dispatch(ctx.out(0).dtype, NumberTypes{}, [&]<class T>() {
    T* y = ctx.out(0).as<T>();
    for (std::int64_t i = 0; i < n; ++i) {
      const double v = F{}(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(period));
      y[i] = std::is_integral_v<T> ? convert_element<T>(static_cast<float>(v)) : convert_element<T>(v);  // of integers the middle is 1
    }
  });
}

template <class F>
OpDef row(std::string_view name, F) {
  return {.name = name, .versions = {17}, .attributes = {{"output_datatype", std::int64_t{1}}, {"periodic", std::int64_t{1}}}, .infer = infer,
          .reference = reference<F>, .traits = {.shape_inputs = kAllInputs}};
}

}  // namespace

std::span<const OpDef> window_function_ops() {
  static const OpDef defs[] = {
      row("HannWindow", [](double t) { return (1 - std::cos(t)) / 2; }),
      row("HammingWindow", [](double t) { return 25.0 / 46 - 21.0 / 46 * std::cos(t); }),
      row("BlackmanWindow", [](double t) { return 0.42 - 0.5 * std::cos(t) + 0.08 * std::cos(2 * t); }),
  };
  return defs;
}

}  // namespace onnxrun
