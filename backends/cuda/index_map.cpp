// Operators that pick elements by lists of indices: Gather (the list is an input), Pad and Resize (the lists are made here and
// live in device memory).
#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/float_types.h"
#include "engine/backend/known_ints.h"
#include "engine/base/check.h"
#include "engine/ir/axis_split.h"
#include "engine/ir/resize_axis.h"

namespace onnxrun::cuda {
namespace {

Claim claim_gather(const NodeView& node) {
  if (const std::string why = refuse_moving(node, 0); !why.empty()) return Claim::no("{}", why);
  if (!node.in(1).ranked()) return Claim::no("the rank of input 1 is unknown");
  for (int i = 0; i < 2; ++i) {
    if (node.in(i).layout != Layout::kPlain) return Claim::no("input {} is {}", i, layout_name(node.in(i).layout));
  }
  return Claim::yes();
}
std::unique_ptr<Kernel> prepare_gather(const NodeView& node, PrepareContext& ctx) {
  const AxisSplit s = split_at(node.in_shape(0), axis_of(node.attrs().i("axis"), node.in(0).rank()));
  const GatherArgs args{.bytes = *element_bytes(node.in(0).dtype),
                        .index_type = elem_of(node.in(1).dtype),
                        .outer = s.outer,
                        .axis = s.axis,
                        .inner = s.inner,
                        .count = element_count(node.in_shape(1))};
  return std::make_unique<LaunchKernel<GatherArgs>>(ctx, "gather", &Api::gather, args, [](GatherArgs& a, const KernelArgs& k) {
    a.x = k.inputs[0].data, a.indices = k.inputs[1].data, a.y = k.outputs[0].data;
  });
}

// Lists in device memory, which a kernel's arguments point to.
class Lists {
 public:
  explicit Lists(CudaDevice& device) : device_(device) {}
  template <class T>
  const T* add(const std::vector<T>& list) {
    buffers_.push_back(upload(device_, list.data(), list.size() * sizeof(T)));
    return reinterpret_cast<const T*>(buffers_.back()->data());
  }
  DeviceBuffers take() { return std::move(buffers_); }

 private:
  CudaDevice& device_;
  DeviceBuffers buffers_;
};

// The output's loops in memory order, none merged, with the input's strides; `dims[k]` is the logical dimension of loop k.
struct Whole {
  Loops loops{};
  Strides from{};
  std::vector<int> dims;
};
Whole whole(const NodeView& node) {
  const Shape y = node.out_shape(0);
  const List strides = dense_strides(node.in_shape(0), node.in(0).layout);
  Whole w;
  w.dims = memory_order(static_cast<int>(y.size()), node.out(0).layout);
  w.loops.total = element_count(y);
  for (const int d : w.dims) {
    w.loops.counts[w.loops.dims] = y[static_cast<std::size_t>(d)];
    w.from.at[w.loops.dims++] = strides[static_cast<std::size_t>(d)];
  }
  return w;
}

// Which input index each output index takes, -1 for a filled one. Of the input, `kept` elements from `first` survive negative
// pads, and only they are repeated.
List padded(std::string_view mode, std::int64_t size, std::int64_t before, std::int64_t after) {
  const std::int64_t first = std::min(std::max<std::int64_t>(0, -before), size);
  const std::int64_t kept = std::max<std::int64_t>(0, size - first - std::max<std::int64_t>(0, -after));
  const std::int64_t total = std::max<std::int64_t>(0, size + before + after), period = std::max<std::int64_t>(2 * (kept - 1), 1);
  require(ErrorCode::kUsage, mode == "constant" || kept > 0 || total == 0, "nothing to repeat in a dimension of size {}", size);
  List map;
  for (std::int64_t i = 0; i < total; ++i) {
    std::int64_t at = i - std::max<std::int64_t>(0, before);
    if (at < 0 || at >= kept) {
      if (mode == "constant") {
        map.push_back(-1);
        continue;
      }
      if (mode == "edge") at = at < 0 ? 0 : kept - 1;
      if (mode == "wrap") at = (at % kept + kept) % kept;
      if (mode == "reflect") {
        at = (at % period + period) % period;
        if (at >= kept) at = period - at;
      }
    }
    map.push_back(first + at);
  }
  return map;
}

Claim claim_pad(const NodeView& node) {
  if (const std::string why = refuse_moving(node, 0); !why.empty()) return Claim::no("{}", why);
  if (!node.out(0).ranked()) return Claim::no("the output's rank is unknown");
  if (!known_ints(node, 1)) return Claim::no("the pads are computed");
  if (node.has(3) && !known_ints(node, 3)) return Claim::no("the axes are computed");
  return Claim::yes();
}
std::unique_ptr<Kernel> prepare_pad(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0);
  const List pads = *known_ints(node, 1);
  List before(x.size(), 0), after(x.size(), 0);
  const auto axes = known_ints(node, 3);
  for (std::size_t k = 0; k < pads.size() / 2; ++k) {
    const std::size_t d = axes ? static_cast<std::size_t>(axis_of((*axes)[k], static_cast<int>(x.size()))) : k;
    before[d] = pads[k], after[d] = pads[k + pads.size() / 2];
  }
  const Whole w = whole(node);
  Lists lists(device_of(ctx));
  MapArgs args{.bytes = *element_bytes(node.in(0).dtype), .loops = w.loops, .from_strides = w.from};
  for (std::size_t k = 0; k < w.dims.size(); ++k) {
    const auto d = static_cast<std::size_t>(w.dims[k]);
    if (before[d] != 0 || after[d] != 0)
      args.index[k] = lists.add(padded(node.attrs().s("mode", "constant"), x[d], before[d], after[d]));
  }
  return std::make_unique<LaunchKernel<MapArgs>>(ctx, "pad", &Api::map, args,
                                               [](MapArgs& a, const KernelArgs& k) {
                                                 a.from = k.inputs[0].data, a.to = k.outputs[0].data;
                                                 a.fill = k.inputs.size() > 2 ? k.inputs[2].data : nullptr;
                                               },
                                               -1, lists.take());
}

enum ResizeInput { kX, kRoi, kScales, kSizes };

std::vector<ResizeAxis> plan_of(const NodeView& node) {
  std::optional<std::vector<float>> scales;
  std::optional<std::vector<std::int64_t>> sizes;
  if (const Tensor* given = node.constant(kScales); given != nullptr && given->size() > 0) {
    scales.emplace(given->view<float>().begin(), given->view<float>().end());
  } else {
    sizes = known_ints(node, kSizes);
  }
  return resize_plan(node.attrs(), node.in_shape(kX), scales, sizes, {});
}

Claim claim_resize(const NodeView& node) {
  const Type& x = node.in(kX);
  if (const std::string why = refuse_moving(node, kX); !why.empty()) return Claim::no("{}", why);
  if (node.attrs().s("mode") != "nearest" && !is_f32_like(x.dtype))
    return Claim::no("interpolation of {}, want f32, f16 or bf16", dtype_name(x.dtype));
  if (node.attrs().s("coordinate_transformation_mode") == "tf_crop_and_resize") return Claim::no("tf_crop_and_resize");
  if (x.layout != node.out(0).layout) return Claim::no("from {} to {}", layout_name(x.layout), layout_name(node.out(0).layout));
  return Claim::yes();
}

double coordinate(const NodeView& node, const ResizeAxis& axis, std::size_t i) {
  return *source_coordinate(node.attrs().s("coordinate_transformation_mode"), axis, static_cast<std::int64_t>(i));
}

std::unique_ptr<Kernel> prepare_nearest(const NodeView& node, PrepareContext& ctx) {
  const std::vector<ResizeAxis> plan = plan_of(node);
  const Whole w = whole(node);
  Lists lists(device_of(ctx));
  MapArgs args{.bytes = *element_bytes(node.in(kX).dtype), .loops = w.loops, .from_strides = w.from};
  for (std::size_t k = 0; k < w.dims.size(); ++k) {
    const ResizeAxis& axis = plan[static_cast<std::size_t>(w.dims[k])];
    if (axis.identity(false)) continue;
    List map(static_cast<std::size_t>(axis.out));
    for (std::size_t i = 0; i < map.size(); ++i)
      map[i] = nearest_index(node.attrs().s("nearest_mode"), coordinate(node, axis, i), axis.in);
    args.index[k] = lists.add(map);
  }
  return std::make_unique<LaunchKernel<MapArgs>>(
      ctx, "resize, nearest", &Api::map, args,
      [](MapArgs& a, const KernelArgs& k) { a.from = k.inputs[0].data, a.to = k.outputs[0].data; }, -1, lists.take());
}

std::unique_ptr<Kernel> prepare_interpolation(const NodeView& node, PrepareContext& ctx) {
  const std::vector<ResizeAxis> plan = plan_of(node);
  const Whole w = whole(node);
  Lists lists(device_of(ctx));
  TapsArgs args{.type = elem_of(node.in(kX).dtype), .loops = w.loops, .from_strides = w.from};
  for (std::size_t k = 0; k < w.dims.size(); ++k) {
    const ResizeAxis& axis = plan[static_cast<std::size_t>(w.dims[k])];
    args.taps[k] = 1;
    if (axis.identity(false)) continue;
    std::vector<Taps> all;
    std::size_t most = 1;
    for (std::size_t i = 0; i < static_cast<std::size_t>(axis.out); ++i) {
      all.push_back(taps_at(node.attrs(), axis, coordinate(node, axis, i)));
      most = std::max(most, all.back().weights.size());
    }
    List index;
    std::vector<float> weight;
    for (const Taps& taps : all) {
      for (std::size_t t = 0; t < most; ++t) {
        const bool exists = t < taps.weights.size();
        index.push_back(std::clamp<std::int64_t>(taps.first + (exists ? static_cast<std::int64_t>(t) : 0), 0, axis.in - 1));
        weight.push_back(exists ? static_cast<float>(taps.weights[t]) : 0.0f);
      }
    }
    args.taps[k] = static_cast<int>(most);
    args.index[k] = lists.add(index);
    args.weight[k] = lists.add(weight);
  }
  return std::make_unique<LaunchKernel<TapsArgs>>(
      ctx, "resize", &Api::taps, args,
      [](TapsArgs& a, const KernelArgs& k) { a.x = k.inputs[0].data, a.y = k.outputs[0].data; }, -1, lists.take());
}

}  // namespace

std::span<const KernelEntry> index_map_kernels() {
  static const KernelEntry entries[] = {
      {"Gather", claim_gather, prepare_gather},
      {"onnxrun.TakeRows", claim_gather, prepare_gather},
      {"Pad", claim_pad, prepare_pad},
      {"Resize", claim_resize,
       [](const NodeView& node, PrepareContext& ctx) {
         return node.attrs().s("mode") == "nearest" ? prepare_nearest(node, ctx) : prepare_interpolation(node, ctx);
       }},
  };
  return entries;
}

}  // namespace onnxrun::cuda
