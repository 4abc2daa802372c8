// BatchNormalization: y = (x - mean[c]) / sqrt(var[c] + epsilon) * scale[c] + b[c] along axis 1.
// Versions: 1 and 6 have consumed_inputs and is_test; up to 7 spatial = 0 means a mean and a scale for every [C, D...] place;
// up to 9 further outputs ask for training, which is refused; 14 and 15 have training_mode, where mean and variance are
// those of x, and running_* = momentum * input_* + (1 - momentum) * current.
#include <cmath>

#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/window.h"

namespace onnxrun {
namespace {

// spatial = 0: parameters of shape [C, D...] broadcast over the batch.
ValueId per_place(UpgradeContext& ctx) {
  Tensor epsilon(ctx.type(0).dtype, {});
  write_real(view_of(epsilon), 0, ctx.attrs().f("epsilon"));
  const ValueId centred = ctx.build("Sub", {ctx.in(0), ctx.in(3)});
  const ValueId deviation = ctx.build("Sqrt", {ctx.build("Add", {ctx.in(4), ctx.constant(epsilon)})});
  return ctx.build("Add", {ctx.build("Mul", {ctx.build("Div", {centred, deviation}), ctx.in(1)}), ctx.in(2)});
}

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 14) return;
  const std::vector<ValueId> outputs = ctx.node().outputs;
  for (std::size_t i = 1; i < outputs.size(); ++i) {
    require(ErrorCode::kUnsupported, outputs[i] == ValueId::kNone || ctx.graph().use_count(outputs[i]) == 0,
            "BatchNormalization-{} asks for output {}, which exists in training only; export the model for inference",
            ctx.opset(), i);
  }
  if (ctx.attrs().i("spatial", 1) == 0) return ctx.replace_with({per_place(ctx)});
  ctx.replace_with({ctx.build("BatchNormalization", {ctx.in(0), ctx.in(1), ctx.in(2), ctx.in(3), ctx.in(4)},
                              {{"epsilon", ctx.attrs().f("epsilon")}})});
}

void infer(InferContext& ctx) {
  for (int i = 0; i < 5; ++i) want_float(ctx, i);
  want_same_dtype(ctx, 2, 1);
  want_same_dtype(ctx, 4, 3);
  want_min_rank(ctx, 0, 1);
  if (ctx.has_shape(0)) {
    const Dim channels = ctx.rank(0) > 1 ? ctx.shape(0)[1] : Dim(1);
    for (int i = 1; i < 5; ++i) want_shape(ctx, i, {channels});
  }
  require(ctx.outputs() == 1 || ctx.attrs().i("training_mode") != 0, "has {} outputs, but training_mode is 0, which gives one",
          ctx.outputs());
  ctx.set(0, Type::tensor(ctx.dtype(0), ctx.in(0).shape, layout_of_input(ctx)));
  ctx.set(1, ctx.dtype(3), ctx.in(3).shape);
  ctx.set(2, ctx.dtype(3), ctx.in(3).shape);
}

struct Geometry {
  std::int64_t batch, channels, inner;
  explicit Geometry(std::span<const std::int64_t> x)
      : batch(x[0]), channels(x.size() > 1 ? x[1] : 1), inner(x.size() > 2 ? volume(x.subspan(2)) : 1) {}
  template <class Body>
  void each(std::int64_t c, Body body) const {
    for (std::int64_t n = 0; n < batch; ++n) {
      for (std::int64_t i = 0; i < inner; ++i) body(static_cast<std::size_t>((n * channels + c) * inner + i));
    }
  }
};

void reference(ReferenceContext& ctx) {
  const Geometry g(ctx.in(0).shape);
  const Reals x = read_reals(ctx.in(0)), scale = read_reals(ctx.in(1)), b = read_reals(ctx.in(2));
  Reals mean = read_reals(ctx.in(3)), var = read_reals(ctx.in(4)), running_mean = mean, running_var = var;
  const double epsilon = ctx.attrs().f("epsilon"), momentum = ctx.attrs().f("momentum");
  const bool training = ctx.attrs().i("training_mode") != 0;
  Reals y(x.size());
  for (std::int64_t channel = 0; channel < g.channels; ++channel) {
    const auto c = static_cast<std::size_t>(channel);
    if (training) {
      const auto count = static_cast<double>(g.batch * g.inner);
      double sum = 0, squares = 0;
      g.each(channel, [&](std::size_t i) { sum += x[i]; });
      mean[c] = sum / count;
      g.each(channel, [&](std::size_t i) { squares += (x[i] - mean[c]) * (x[i] - mean[c]); });
      var[c] = squares / count;
      running_mean[c] = running_mean[c] * momentum + mean[c] * (1 - momentum);
      running_var[c] = running_var[c] * momentum + var[c] * (1 - momentum);
    }
    g.each(channel, [&](std::size_t i) { y[i] = (x[i] - mean[c]) / std::sqrt(var[c] + epsilon) * scale[c] + b[c]; });
  }
  write_reals(ctx.out(0), y);
  if (ctx.wants(1)) write_reals(ctx.out(1), running_mean);
  if (ctx.wants(2)) write_reals(ctx.out(2), running_var);
}

}  // namespace

std::span<const OpDef> batch_normalization_ops() {
  static const OpDef defs[] = {
      {.name = "BatchNormalization",
       .versions = {1, 6, 7, 9, 14, 15},
       .inputs = {5, 5},
       .outputs = {1, 3},
       .attributes = {{"epsilon", 1e-5f}, {"momentum", 0.9f}, {"training_mode", std::int64_t{0}}},
       .upgrade = upgrade,
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
