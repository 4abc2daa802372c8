// ReverseSequence: in each entry i of the batch axis, the first sequence_lens[i] steps of the time axis in reverse order, the
// others as they are. Versions: types only.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/checks.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  const std::int64_t time = ctx.attrs().i("time_axis"), batch = ctx.attrs().i("batch_axis");
  require((time == 0 || time == 1) && batch == 1 - time, "time_axis = {} and batch_axis = {}, want 0 and 1 or 1 and 0", time, batch);
  want_dtype(ctx, 1, {DType::kInt64});
  want_rank(ctx, 1, 1);
  if (ctx.has_shape(0)) {
    require(ctx.rank(0) >= 2, "input 0 has rank {}, want at least 2", ctx.rank(0));
    const Dim& want = ctx.shape(0)[static_cast<std::size_t>(batch)];
    if (ctx.has_shape(1)) {
      const Dim& have = ctx.shape(1)[0];
      require(!have.known() || !want.known() || have == want, "{} lengths for a batch of {}", have.str(), want.str());
    }
  }
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const bool time_first = ctx.attrs().i("time_axis") == 0;
  const std::int64_t steps = shape[time_first ? 0 : 1], batch = shape[time_first ? 1 : 0];
  const std::int64_t inner = steps * batch == 0 ? 0 : ctx.in(0).size / (steps * batch);
  const auto lengths = ctx.in<std::int64_t>(1);
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    for (std::int64_t b = 0; b < batch; ++b) {
      const std::int64_t length = lengths[static_cast<std::size_t>(b)];
      require(ErrorCode::kUsage, length >= 0 && length <= steps, "a sequence of length {} in {} steps", length, steps);
      for (std::int64_t t = 0; t < steps; ++t) {
        const std::int64_t from = t < length ? length - 1 - t : t;
        const auto at = [&](std::int64_t step) { return (time_first ? step * batch + b : b * steps + step) * inner; };
        std::copy_n(ctx.in(0).as<const T>() + at(from), inner, ctx.out(0).as<T>() + at(t));
      }
    }
  });
}

}  // namespace

std::span<const OpDef> reverse_sequence_ops() {
  static const OpDef defs[] = {
      {.name = "ReverseSequence", .versions = {10, 28}, .inputs = {2, 2},
       .attributes = {{"batch_axis", std::int64_t{1}}, {"time_axis", std::int64_t{0}}}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
