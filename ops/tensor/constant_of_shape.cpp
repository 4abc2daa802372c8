// ConstantOfShape: a tensor of the shape that the input gives, filled with the one element of `value` (a float 0 by default).
// Versions: types only.
#include "engine/ir/reference.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"
#include "ops/common/packed.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kInt64});
  const Tensor* value = ctx.attrs().has("value") ? &ctx.attrs().t("value") : nullptr;
  require(value == nullptr || value->size() == 1, "value has {} elements, want 1", value ? value->size() : 0);
  const DType dtype = value ? value->dtype() : DType::kFloat32;
  auto dims = contents_of(ctx, 0);
  if (!dims) {
    const auto rank = length_of(ctx, 0);
    require(!rank || *rank <= 64, "a shape of {} dimensions", rank.value_or(0));
    return ctx.set(0, dtype, rank ? std::optional(ctx.fresh_dims(static_cast<int>(*rank))) : std::nullopt);
  }
  for (const Dim& d : *dims) require(!d.known() || d.value() >= 0, "shape {} has a negative size", dims_str(*dims));
  const Dim count = dims_product(*dims);
  const bool small = dims->size() <= 1 && count.known() && count.value() <= static_cast<std::int64_t>(kMaxContents);
  ctx.set(0, dtype, std::move(*dims));
  if (!small || value == nullptr) return;
  const auto fill = [&](std::int64_t v) { ctx.set_contents(0, Contents(static_cast<std::size_t>(count.value()), v)); };
  if (dtype == DType::kInt64) fill(value->view<std::int64_t>()[0]);
  if (dtype == DType::kInt32) fill(value->view<std::int32_t>()[0]);
  if (dtype == DType::kBool) fill(*static_cast<const std::uint8_t*>(value->data()) != 0);
}

void reference(ReferenceContext& ctx) {
  const auto dims = ctx.in<std::int64_t>(0);
  const TensorView& y = ctx.allocate(0, dims);
  if (!ctx.attrs().has("value")) {
    std::fill_n(y.as<float>(), y.size, 0.0f);
    return;
  }
  const TensorView value = view_of(ctx.attrs().t("value"));
  if (dtype_bits(y.dtype) < 8) return pack(std::vector<std::uint8_t>(static_cast<std::size_t>(y.size), unpack(value)[0]), y);
  dispatch_by_size(y.dtype, [&]<class T>() { std::fill_n(y.as<T>(), y.size, *value.as<const T>()); });
}

}  // namespace

std::span<const OpDef> constant_of_shape_ops() {
  static const OpDef defs[] = {
      {.name = "ConstantOfShape", .versions = {9, 20, 21, 23, 24, 25}, .attributes = {{"value", {}}}, .infer = infer,
       .reference = reference, .traits = {.shape_inputs = kAllInputs}},
  };
  return defs;
}

}  // namespace onnxrun
