// ConcatFromSequence: the elements of a sequence one after the other along `axis`; with `new_axis` = 1 along an axis that is put in
// there, all elements having the same shape. Of version 11 alone.
#include "ops/common/axes.h"
#include "ops/common/dispatch.h"
#include "ops/common/lists.h"

namespace onnxrun {
namespace {

bool makes_axis(const Attributes& attrs) {
  const std::int64_t flag = attrs.i("new_axis");
  require(flag == 0 || flag == 1, "new_axis is {}, want 0 or 1", flag);
  return flag == 1;
}

void infer(InferContext& ctx) {
  want_list(ctx, 0, DType::kSequence);
  const Type element = element_type(ctx, 0);
  require(!element.is_list(), "the elements are {}, want tensors", element.str());
  if (!element.ranked()) return ctx.set(0, element.dtype, std::nullopt);
  Dims dims = element.dims();
  const bool fresh_axis = makes_axis(ctx.attrs());
  require(fresh_axis || !dims.empty(), "the elements are scalars");
  const int axis = normalize_axis(ctx.attrs().i("axis"), element.rank() + (fresh_axis ? 1 : 0));
  if (fresh_axis) dims.insert(dims.begin() + axis, Dim(0));
  dims[static_cast<std::size_t>(axis)] = ctx.fresh();
  ctx.set(0, element.dtype, std::move(dims));
}

void reference(ReferenceContext& ctx) {
  const std::vector<Tensor>& elements = list(ctx, 0);
  require(ErrorCode::kUsage, !elements.empty(), "the sequence is empty");
  const bool fresh_axis = makes_axis(ctx.attrs());
  Shape shape = elements[0].shape();
  const int axis = normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size()) + (fresh_axis ? 1 : 0));
  const auto at = static_cast<std::size_t>(axis);
  if (fresh_axis) shape.insert(shape.begin() + axis, 1);
  std::vector<std::int64_t> sizes;  // along the axis
  Shape whole = shape;
  whole[at] = 0;
  for (const Tensor& t : elements) {
    Shape mine = t.shape();
    if (fresh_axis) mine.insert(mine.begin() + std::min<std::ptrdiff_t>(axis, std::ssize(mine)), 1);
    const bool same_rank = mine.size() == shape.size();
    const std::int64_t size = same_rank ? mine[at] : 0;
    if (same_rank) mine[at] = shape[at];
    require(ErrorCode::kUsage, mine == shape, "elements of shapes {} and {} can't be joined along axis {}", dims_str(dims_of(elements[0].shape())),
            dims_str(dims_of(t.shape())), axis);
    sizes.push_back(size);
    whole[at] += size;
  }
  const TensorView& out = ctx.allocate(0, whole);
  const AxisSplit s = split_at(whole, axis);
  dispatch_by_size(out.dtype, [&]<class T>() {
    std::int64_t begin = 0;
    for (std::size_t k = 0; k < elements.size(); ++k) {
      const T* x = static_cast<const T*>(elements[k].data());
      const std::int64_t block = sizes[k] * s.inner;
      for (std::int64_t o = 0; o < s.outer; ++o) std::copy_n(x + o * block, block, out.as<T>() + o * s.axis * s.inner + begin);
      begin += block;
    }
  });
}

}  // namespace

std::span<const OpDef> concat_from_sequence_ops() {
  static const OpDef defs[] = {
      {.name = "ConcatFromSequence", .versions = {11}, .attributes = {{"axis", {}, true}, {"new_axis", std::int64_t{0}}}, .infer = infer,
       .reference = reference, .traits = {.lists = true}},
  };
  return defs;
}

}  // namespace onnxrun
