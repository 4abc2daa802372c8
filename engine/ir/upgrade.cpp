#include "engine/ir/upgrade.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/half.h"

namespace onnxrun {

void UpgradeContext::set_in(int i, ValueId value) {
  if (static_cast<int>(node().inputs.size()) <= i) graph_.resize_inputs(node_, static_cast<std::size_t>(i) + 1);
  graph_.set_input(node_, i, value);
}

ValueId UpgradeContext::ints(const std::vector<std::int64_t>& values) {
  return constant(Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, std::span<const std::int64_t>(values)));
}

ValueId UpgradeContext::ints(std::initializer_list<std::int64_t> values) { return ints(std::vector<std::int64_t>(values)); }

void UpgradeContext::ints_to_input(std::string_view attribute, int i) {
  if (!attrs().has(attribute)) return;
  set_in(i, ints(attrs().ints(attribute)));
  attrs().erase(attribute);
}

void UpgradeContext::int_to_input(std::string_view attribute, int i) {
  if (!attrs().has(attribute)) return;
  set_in(i, constant(Tensor::of<std::int64_t>({}, {attrs().i(attribute)})));
  attrs().erase(attribute);
}

void UpgradeContext::float_to_input(std::string_view attribute, int i, DType dtype) {
  if (!attrs().has(attribute)) return;
  const float value = attrs().f(attribute);
  Tensor t(dtype, {});
  switch (dtype) {
    case DType::kFloat32: *t.view<float>().data() = value; break;
    case DType::kFloat64: *t.view<double>().data() = value; break;
    case DType::kFloat16: *t.view<Float16>().data() = Float16(value); break;
    case DType::kBFloat16: *t.view<BFloat16>().data() = BFloat16(value); break;
    default: fail(ErrorCode::kBadModel, "attribute {} has no form in {}", attribute, dtype_name(dtype));
  }
  set_in(i, constant(std::move(t)));
  attrs().erase(attribute);
}

void UpgradeContext::old_default(std::string_view attribute, Attribute value) {
  if (std::ranges::find(given_, attribute) == given_.end()) attrs().set(attribute, std::move(value));
}

void UpgradeContext::replace_with(const std::vector<ValueId>& results) {
  const std::vector<ValueId> outputs = node().outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] == ValueId::kNone) continue;
    if (i >= results.size() || results[i] == ValueId::kNone) {
      require(ErrorCode::kUnsupported, graph_.use_count(outputs[i]) == 0, "output {} exists in training only", i);
      continue;
    }
    Value& from = graph_.value(outputs[i]);
    Value& to = graph_.value(results[i]);
    if (to.name.empty()) to.name = std::exchange(from.name, {});
    graph_.replace_uses(outputs[i], results[i]);
  }
  graph_.erase(node_);
}

}  // namespace onnxrun
