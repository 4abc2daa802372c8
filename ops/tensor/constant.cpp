// Constant: becomes a constant of the graph at import, so that no later stage meets it.
// Versions: 1 has `value` only; 11 added sparse_value (which the importer gives as a dense tensor); 12 the short forms.
#include "engine/ir/upgrade.h"
#include "ops/common/checks.h"

namespace onnxrun {
namespace {

Tensor value_of(const Attributes& attrs) {
  require(attrs.size() == 1, "has {} attributes, want one value", attrs.size());
  const auto& [name, value] = *attrs.begin();
  const auto count = [](const auto& list) { return Shape{static_cast<std::int64_t>(list.size())}; };
  if (name == "value" || name == "sparse_value") return attrs.t(name);
  if (name == "value_float") return Tensor::of<float>({}, {attrs.f(name)});
  if (name == "value_int") return Tensor::of<std::int64_t>({}, {attrs.i(name)});
  if (name == "value_string") return Tensor::of<std::string>({}, {attrs.s(name)});
  if (name == "value_floats") return Tensor::of<float>(count(attrs.floats(name)), std::span<const float>(attrs.floats(name)));
  if (name == "value_ints") return Tensor::of<std::int64_t>(count(attrs.ints(name)), std::span<const std::int64_t>(attrs.ints(name)));
  if (name == "value_strings") {
    return Tensor::of<std::string>(count(attrs.strings(name)), std::span<const std::string>(attrs.strings(name)));
  }
  fail(ErrorCode::kBadModel, "attribute {} is none of its values", name);
}

void upgrade(UpgradeContext& ctx) { ctx.replace_with({ctx.constant(value_of(ctx.attrs()))}); }

void infer(InferContext& ctx) {
  const Tensor value = value_of(ctx.attrs());
  ctx.set(0, value.dtype(), dims_of(value.shape()));
}

}  // namespace

std::span<const OpDef> constant_ops() {
  static const OpDef defs[] = {
      {.name = "Constant", .versions = {1, 9, 11, 12, 13, 19, 21, 23, 24, 25}, .inputs = {0, 0}, .upgrade = upgrade, .infer = infer},
  };
  return defs;
}

}  // namespace onnxrun
