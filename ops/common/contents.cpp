#include "ops/common/contents.h"

#include <algorithm>

#include "engine/base/check.h"

namespace onnxrun {

std::optional<Contents> contents_of(const InferContext& ctx, int i) {
  if (const auto* known = ctx.contents(i)) return *known;
  const Tensor* t = ctx.constant(i);
  if (t == nullptr || t->dtype() != DType::kBool || t->shape().size() > 1 || t->size() > static_cast<std::int64_t>(kMaxContents)) {
    return std::nullopt;
  }
  const auto* bytes = static_cast<const std::uint8_t*>(t->data());
  Contents out;
  for (std::int64_t k = 0; k < t->size(); ++k) out.emplace_back(bytes[k] != 0 ? 1 : 0);
  return out;
}

std::optional<std::vector<std::int64_t>> numbers_of(const InferContext& ctx, int i) {
  // A longer constant than contents can hold is still a list of numbers.
  if (const Tensor* t = ctx.constant(i); t != nullptr && t->shape().size() <= 1) {
    if (t->dtype() == DType::kInt64) return std::vector<std::int64_t>(t->view<std::int64_t>().begin(), t->view<std::int64_t>().end());
    if (t->dtype() == DType::kInt32) return std::vector<std::int64_t>(t->view<std::int32_t>().begin(), t->view<std::int32_t>().end());
  }
  const auto known = contents_of(ctx, i);
  return known ? known_shape(*known) : std::nullopt;
}

std::optional<std::int64_t> number_of(const InferContext& ctx, int i) {
  const auto known = numbers_of(ctx, i);
  if (!known) return std::nullopt;
  require(known->size() == 1, "input {} has {} elements, want 1", i, known->size());
  return known->front();
}

std::optional<std::int64_t> length_of(const InferContext& ctx, int i) {
  if (!ctx.has_shape(i)) return std::nullopt;
  require(ctx.rank(i) <= 1, "input {} has rank {}, want 1", i, ctx.rank(i));
  if (ctx.rank(i) == 0) return 1;
  return ctx.shape(i)[0].known() ? std::optional(ctx.shape(i)[0].value()) : std::nullopt;
}

std::optional<bool> equal(const Dim& a, const Dim& b) {
  if (a == b) return true;
  if (less(a, b).value_or(false) || less(b, a).value_or(false)) return false;
  return std::nullopt;
}

std::optional<bool> less(const Dim& a, const Dim& b) {
  if (a.known() && b.known()) return a.value() < b.value();
  if (nonnegative(b - a - 1)) return true;
  if (nonnegative(a - b)) return false;
  return std::nullopt;
}

void fold_contents(InferContext& ctx, ContentsFn f) {
  std::optional<Contents> result = contents_of(ctx, 0);
  if (!result) return;
  for (int i = 1; i < ctx.inputs(); ++i) {
    const auto next = contents_of(ctx, i);
    if (!next) return;
    const std::size_t n = result->size() == 1 ? next->size() : result->size();
    if (next->size() != n && next->size() != 1) return;
    Contents folded;
    for (std::size_t k = 0; k < n; ++k) {
      const auto d = f((*result)[result->size() == 1 ? 0 : k], (*next)[next->size() == 1 ? 0 : k]);
      if (!d) return;
      folded.push_back(*d);
    }
    result = std::move(folded);
  }
  ctx.set_contents(0, std::move(*result));
}

void pass_contents(InferContext& ctx) {
  if (ctx.outputs() == 0 || ctx.node().outputs[0] == ValueId::kNone) return;
  const Type& type = ctx.graph().value(ctx.node().outputs[0]).type;
  if (!type.ranked() || type.rank() > 1) return;
  if (auto known = contents_of(ctx, 0)) ctx.set_contents(0, std::move(*known));
}

}  // namespace onnxrun
