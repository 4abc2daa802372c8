// Range: start, start + delta, ... below (above, for a negative delta) limit. 16-bit floats are computed as float.
// Versions: 27 added 16-bit floats and stash_type.
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/arithmetic.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

using RangeTypes = TypeList<float, double, std::int16_t, std::int32_t, std::int64_t, Float16, BFloat16>;

template <class T>
std::int64_t count_of(const T* start_at, const T* limit_at, const T* delta_at) {
  using C = Compute<T>;
  const C start = static_cast<C>(*start_at), limit = static_cast<C>(*limit_at), delta = static_cast<C>(*delta_at);
  require(ErrorCode::kUsage, delta != 0, "delta is 0");
  if constexpr (std::is_integral_v<T>) {
    const bool up = delta > 0;
    if (up ? limit <= start : limit >= start) return 0;
    const auto distance = up ? static_cast<std::uint64_t>(limit) - static_cast<std::uint64_t>(start)
                             : static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(limit);
    const std::uint64_t step = up ? static_cast<std::uint64_t>(delta) : std::uint64_t{0} - static_cast<std::uint64_t>(delta);
    const std::uint64_t count = (distance - 1) / step + 1;
    require(ErrorCode::kOutOfResources, count < (std::uint64_t{1} << 56), "{} elements", count);
    return static_cast<std::int64_t>(count);
  } else {
    const double count = std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(delta));
    require(ErrorCode::kOutOfResources, !(count > 0x1p56), "{} elements", count);
    return count > 0 ? static_cast<std::int64_t>(count) : 0;
  }
}

std::optional<Dim> length(InferContext& ctx) {
  if (ctx.constant(0) && ctx.constant(1) && ctx.constant(2)) {
    std::int64_t n = 0;
    dispatch(ctx.dtype(0), RangeTypes{}, [&]<class T>() {
      const auto at = [&](int i) {
        require(ctx.constant(i)->size() == 1, "input {} has {} elements, want 1", i, ctx.constant(i)->size());
        return ctx.constant(i)->view<T>().data();
      };
      n = count_of<T>(at(0), at(1), at(2));
    });
    return Dim(n);
  }
  const auto start = contents_of(ctx, 0), limit = contents_of(ctx, 1), delta = contents_of(ctx, 2);
  if (!start || !limit || !delta || start->size() != 1 || limit->size() != 1 || delta->size() != 1) return std::nullopt;
  const Dim& step = delta->front();
  require(!step.is(0), "delta is 0");
  if (!step.known()) return std::nullopt;
  // Symbolic limits are taken to lie behind the start.
  const Dim distance = step.value() > 0 ? limit->front() - start->front() : start->front() - limit->front();
  const Dim n = ceil_div(distance, step.value() > 0 ? step : Dim(0) - step);
  return n.known() && n.value() < 0 ? Dim(0) : n;
}

void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  const auto n = length(ctx);
  ctx.set(0, ctx.dtype(0), Dims{n ? *n : ctx.fresh()});
  const auto start = contents_of(ctx, 0), delta = contents_of(ctx, 2);
  if (!n || !n->known() || n->value() > static_cast<std::int64_t>(kMaxContents) || !start || !delta) return;
  Contents out;
  for (std::int64_t i = 0; i < n->value(); ++i) out.push_back(start->front() + delta->front() * Dim(i));
  ctx.set_contents(0, std::move(out));
}

void reference(ReferenceContext& ctx) {
  dispatch(ctx.in(0).dtype, RangeTypes{}, [&]<class T>() {
    using C = Compute<T>;
    const T *start = ctx.in(0).as<const T>(), *delta = ctx.in(2).as<const T>();
    const std::int64_t count[] = {count_of<T>(start, ctx.in(1).as<const T>(), delta)};
    T* y = ctx.allocate(0, count).template as<T>();
    for (std::int64_t i = 0; i < count[0]; ++i) {
      y[i] = static_cast<T>(wrap_add(static_cast<C>(*start), wrap_mul(static_cast<C>(i), static_cast<C>(*delta))));
    }
  });
}

}  // namespace

std::span<const OpDef> range_ops() {
  static const OpDef defs[] = {
      {.name = "Range", .versions = {11, 27}, .inputs = {3, 3}, .attributes = {{"stash_type", std::int64_t{1}}}, .infer = infer,
       .reference = reference, .traits = {.shape_inputs = kAllInputs}},
  };
  return defs;
}

}  // namespace onnxrun
