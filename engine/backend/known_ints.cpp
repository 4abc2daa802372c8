#include "engine/backend/known_ints.h"

#include <algorithm>

namespace onnxrun {

std::vector<std::int64_t> ints_of(const TensorView& view) {
  const auto n = static_cast<std::size_t>(view.size);
  if (view.dtype == DType::kInt32) return {view.as<const std::int32_t>(), view.as<const std::int32_t>() + n};
  return {view.as<const std::int64_t>(), view.as<const std::int64_t>() + n};
}

std::optional<std::vector<std::int64_t>> known_ints(const NodeView& node, int i) {
  if (!node.has(i)) return std::nullopt;
  if (const Tensor* t = node.constant(i)) return ints_of(view_of(*t));
  const auto& contents = node.in_value(i).contents;
  if (!contents || !std::ranges::all_of(*contents, &Dim::known)) return std::nullopt;
  std::vector<std::int64_t> out;
  for (const Dim& d : *contents) out.push_back(d.value());
  return out;
}

}  // namespace onnxrun
