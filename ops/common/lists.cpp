#include "ops/common/lists.h"

#include "engine/base/check.h"

namespace onnxrun {
namespace {

Type with_fresh_sizes(InferContext& ctx, Type type) {
  if (type.element) type.element = std::make_shared<const Type>(with_fresh_sizes(ctx, *type.element));
  if (!type.ranked()) return type;
  for (Dim& d : *type.shape) {
    if (!d.known()) d = ctx.fresh();
  }
  return type;
}

bool unknown(const Type& t) { return t.dtype == DType::kUndefined; }

std::size_t bytes_of(const std::vector<Tensor>& list) {
  std::size_t sum = 0;
  for (const Tensor& t : list) sum += is_list(t.dtype()) ? bytes_of(t.list()) : t.bytes();
  return sum;
}

}  // namespace

void want_list(const InferContext& ctx, int i, DType kind) {
  if (!ctx.has(i) || unknown(ctx.in(i)) || ctx.dtype(i) == kind) return;
  fail(ErrorCode::kBadModel, "input {} is {}, want {}", i, ctx.in(i).str(), Type::list(kind).str());
}

Type element_type(InferContext& ctx, int i) {
  const auto element = ctx.in(i).element;
  return element ? with_fresh_sizes(ctx, *element) : Type();
}

bool same_kind(const Type& a, const Type& b) {
  if (a.dtype != b.dtype || a.key != b.key) return false;
  return !a.element || !b.element || same_kind(*a.element, *b.element);
}

Type either_type(InferContext& ctx, const Type& a, const Type& b) {
  if (unknown(a) || unknown(b)) return Type();
  require(same_kind(a, b), "the types {} and {} can't be one", a.str(), b.str());
  if (a.is_list()) return Type::list(a.dtype, a.element && b.element ? either_type(ctx, *a.element, *b.element) : Type(), a.key);
  Type type = Type::tensor(a.dtype, std::nullopt);
  if (!a.ranked() || !b.ranked() || a.rank() != b.rank()) return type;
  Dims dims;
  for (std::size_t d = 0; d < a.dims().size(); ++d) dims.push_back(a.dims()[d] == b.dims()[d] ? a.dims()[d] : ctx.fresh());
  type.shape = std::move(dims);
  return type;
}

void write_list(ReferenceContext& ctx, int i, std::vector<Tensor> elements) {
  ctx.check_room(bytes_of(elements));
  *ctx.out(i).as<std::vector<Tensor>>() = std::move(elements);
}

Tensor owned(ReferenceContext& ctx, const TensorView& view) {
  ctx.check_room(dtype_bytes(view.dtype, view.size));
  Tensor t(view.dtype, Shape(view.shape.begin(), view.shape.end()));
  copy_elements(view.dtype, view.size, view.data, t.data());
  return t;
}

}  // namespace onnxrun
