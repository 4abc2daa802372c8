#include "backends/cuda/loops.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "engine/backend/float_types.h"
#include "engine/ir/activation.h"

namespace onnxrun::cuda {

Elem elem_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kFloat16:
    case DType::kBFloat16:
    case DType::kInt64:
    case DType::kInt32:
    case DType::kInt8:
    case DType::kUInt8:
    case DType::kBool:
      return static_cast<Elem>(dtype);
    default:
      return Elem::kNone;
  }
}

bool is_integer(DType t) { return elem_of(t) != Elem::kNone && !is_f32_like(t); }

std::optional<int> element_bytes(DType dtype) {
  if (holds_objects(dtype) || dtype == DType::kUndefined || dtype_bits(dtype) < 8) return std::nullopt;
  return dtype_bits(dtype) / 8;
}

std::vector<int> memory_order(int rank, Layout layout) {
  std::vector<int> order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  if (layout == Layout::kChannelsLast) std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return order;
}

List dense_strides(const Shape& shape, Layout layout) {
  List strides(shape.size());
  std::int64_t step = 1;
  const std::vector<int> order = memory_order(static_cast<int>(shape.size()), layout);
  for (auto d = order.rbegin(); d != order.rend(); ++d) {
    strides[static_cast<std::size_t>(*d)] = step;
    step *= shape[static_cast<std::size_t>(*d)];
  }
  return strides;
}

Nest make_nest(const List& counts, const std::vector<List>& strides) {
  Nest nest{{0, 1, {}}, std::vector<Strides>(strides.size())};
  Loops& loops = nest.loops;
  for (std::size_t d = 0; d < counts.size(); ++d) {
    loops.total *= counts[d];
    if (counts[d] == 1) continue;
    const int last = loops.dims - 1;
    bool joins = last >= 0;
    for (std::size_t i = 0; i < strides.size() && joins; ++i) joins = nest.strides[i].at[last] == strides[i][d] * counts[d];
    assert(joins || loops.dims < kMaxDims);
    const int at = joins ? last : loops.dims++;
    loops.counts[at] = (joins ? loops.counts[at] : 1) * counts[d];
    for (std::size_t i = 0; i < strides.size(); ++i) nest.strides[i].at[at] = strides[i][d];
  }
  return nest;
}

Nest broadcast_nest(const NodeView& node) {
  const Shape y = node.out_shape(0);
  const std::vector<int> order = memory_order(static_cast<int>(y.size()), node.out(0).layout);
  List counts;
  for (const int d : order) counts.push_back(y[static_cast<std::size_t>(d)]);
  std::vector<List> strides;
  for (int i = 0; i < node.inputs(); ++i) {
    List& to = strides.emplace_back(y.size(), 0);
    if (!node.has(i)) continue;
    const Shape x = node.in_shape(i);
    const List dense = dense_strides(x, node.in(i).layout);
    for (std::size_t k = 0; k < order.size(); ++k) {
      const std::ptrdiff_t d = order[k] - static_cast<std::ptrdiff_t>(y.size() - x.size());
      if (d >= 0 && x[static_cast<std::size_t>(d)] != 1) to[k] = dense[static_cast<std::size_t>(d)];
    }
  }
  return make_nest(counts, strides);
}

Nest box_nest(const Shape& counts, const List& to, const List& from, Layout layout) {
  List ordered;
  std::vector<List> strides(2);
  for (const int dim : memory_order(static_cast<int>(counts.size()), layout)) {
    const auto d = static_cast<std::size_t>(dim);
    ordered.push_back(counts[d]);
    strides[0].push_back(to[d]);
    strides[1].push_back(from[d]);
  }
  return make_nest(ordered, strides);
}

std::string refuse_moving(const NodeView& node, int i) {
  const Type& x = node.in(i);
  if (!x.ranked()) return fmt::format("the rank of input {} is unknown", i);
  if (!element_bytes(x.dtype)) return fmt::format("elements of {}", dtype_name(x.dtype));
  if (x.rank() > kMaxDims) return fmt::format("rank {}, at most {}", x.rank(), kMaxDims);
  return {};
}

FusedEnd end_of(const NodeView& node) {
  const ActivationSpec a = fused_activation(node.attrs());
  const auto code = [&] {
    switch (a.kind) {
      case Activation::kNone:
        return Code::kCopy;
      case Activation::kRelu:
        return Code::kRelu;
      case Activation::kLeakyRelu:
        return Code::kLeakyRelu;
      case Activation::kClip:
        return Code::kClip;
      case Activation::kSigmoid:
        return Code::kSigmoid;
      case Activation::kTanh:
        return Code::kTanh;
      case Activation::kHardSigmoid:
        return Code::kHardSigmoid;
      case Activation::kHardSwish:
        return Code::kHardSwish;
      case Activation::kSwish:
        return Code::kSwish;
      case Activation::kGelu:
        return Code::kGelu;
      case Activation::kGeluTanh:
        return Code::kGeluTanh;
      case Activation::kElu:
        return Code::kElu;
    }
    return Code::kCopy;
  }();
  return {code, a.alpha, a.beta};
}

}  // namespace onnxrun::cuda
