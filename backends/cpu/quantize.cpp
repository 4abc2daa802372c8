// QuantizeLinear and DequantizeLinear between f32 and 8 bits, one scale for all or one per place along an axis;
// DynamicQuantizeLinear.
#include <cmath>

#include "backends/cpu/isa.h"
#include "backends/cpu/quantize_code.h"
#include "engine/backend/backend.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cpu {
namespace {

enum Input { kX, kScale, kZeroPoint };
constexpr std::int64_t kGrain = 16384;

bool is_byte(DType d) { return d == DType::kUInt8 || d == DType::kInt8; }

int zero_of(const TensorView& t, std::int64_t i) {
  if (t.data == nullptr) return 0;
  return t.dtype == DType::kInt8 ? t.as<const std::int8_t>()[i] : t.as<const std::uint8_t>()[i];
}

// The tensor as outer x axis x inner in the order of its memory, one scale for each place along the axis.
AxisSplit split_of(const NodeView& node) {
  const Shape shape = node.in_shape(kX);
  const Shape scale = node.in_shape(kScale);
  if (scale.empty() || (scale.size() == 1 && scale[0] == 1)) return {1, 1, element_count(shape)};
  const int rank = static_cast<int>(shape.size());
  const AxisSplit s = split_at(shape, rank == 1 ? 0 : axis_of(node.attrs().i("axis"), rank));
  // Channels-last: the channels (the only axis that is claimed) come last.
  return node.in(kX).layout == Layout::kPlain ? s : AxisSplit{s.outer * s.inner, s.axis, 1};
}

template <bool kQuantizes>
class LinearKernel : public Kernel {
 public:
  explicit LinearKernel(const NodeView& node)
      : code_(quantize_code()), split_(split_of(node)), signed_((kQuantizes ? node.out(0) : node.in(kX)).dtype == DType::kInt8) {}
  std::string describe() const override { return fmt::format("{} {}", kQuantizes ? "quantize" : "dequantize", isa_name()); }
  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    if (split_.outer * split_.axis == 1) {
      args.parallel.range(split_.inner, kGrain, [&](std::int64_t begin, std::int64_t end) { part(args, begin, end - begin, 0); });
      return;
    }
    args.parallel.range(split_.outer * split_.axis, 1 + kGrain / split_.inner, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) part(args, i * split_.inner, split_.inner, i % split_.axis);
    });
  }

 private:
  void part(const KernelArgs& args, std::int64_t at, std::int64_t count, std::int64_t place) const {
    const float scale = args.inputs[kScale].as<const float>()[place];
    const int zero = args.inputs.size() > kZeroPoint ? zero_of(args.inputs[kZeroPoint], place) : 0;
    const auto n = static_cast<std::size_t>(count);
    if constexpr (kQuantizes) {
      code_.quantize(args.inputs[kX].as<const float>() + at, n, scale, zero, signed_, args.outputs[0].as<std::uint8_t>() + at);
    } else {
      code_.dequantize(args.inputs[kX].as<const std::uint8_t>() + at, n, scale, zero, signed_, args.outputs[0].as<float>() + at);
    }
  }

  QuantizeCode code_;
  AxisSplit split_;
  bool signed_;
};

template <bool kQuantizes>
Claim claim_linear(const NodeView& node) {
  const Type &wide = kQuantizes ? node.in(kX) : node.out(0), &narrow = kQuantizes ? node.out(0) : node.in(kX);
  if (wide.dtype != DType::kFloat32) return Claim::no("floats are {}, want f32", dtype_name(wide.dtype));
  if (!is_byte(narrow.dtype)) return Claim::no("integers are {}, want u8 or i8", dtype_name(narrow.dtype));
  if (node.in(kScale).dtype != DType::kFloat32) return Claim::no("the scale is {}, want f32", dtype_name(node.in(kScale).dtype));
  if (node.attrs().i("block_size", 0) != 0) return Claim::no("blocks of elements with a scale each");
  if (node.attrs().i("precision", 0) > 1) return Claim::no("attribute precision");
  if (!wide.ranked() || !node.in(kScale).ranked()) return Claim::no("unknown rank");
  if (wide.layout != narrow.layout) return Claim::no("from {} to {}", layout_name(wide.layout), layout_name(narrow.layout));
  const bool per_axis = node.in(kScale).rank() == 1 && !node.in(kScale).dims()[0].is(1);
  if (per_axis && wide.layout != Layout::kPlain && node.attrs().i("axis") != 1)
    return Claim::no("channels_last along another axis");
  return Claim::yes();
}

// The range is found in a fixed number of parts; which thread takes which does not matter.
class DynamicKernel : public Kernel {
 public:
  DynamicKernel() : code_(quantize_code()) {}
  std::string describe() const override { return fmt::format("dynamic quantize {}", isa_name()); }
  std::size_t scratch_bytes() const override { return kParts * sizeof(Bounds); }
  void run(const KernelArgs& args) const override {
    const TensorView& x = args.inputs[0];
    auto* bounds = reinterpret_cast<Bounds*>(args.scratch);
    args.parallel.range(kParts, 1 + kGrain / (x.size / kParts + 1), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t first = x.size * i / kParts, last = x.size * (i + 1) / kParts;
        bounds[i] = {0, 0};
        code_.range(x.as<const float>() + first, static_cast<std::size_t>(last - first), &bounds[i].low, &bounds[i].high);
      }
    });
    float low = 0, high = 0;
    for (int i = 0; i < kParts; ++i) {
      low = std::min(low, bounds[i].low);
      high = std::max(high, bounds[i].high);
    }
    const float scale = high == low ? 1.0f : (high - low) / 255.0f;
    const int zero = static_cast<int>(std::clamp(std::nearbyint(-low / scale), 0.0f, 255.0f));
    args.parallel.range(x.size, kGrain, [&](std::int64_t begin, std::int64_t end) {
      code_.quantize(x.as<const float>() + begin, static_cast<std::size_t>(end - begin), scale, zero, false,
                     args.outputs[0].as<std::uint8_t>() + begin);
    });
    if (args.outputs.size() > 1 && args.outputs[1].data != nullptr) *args.outputs[1].as<float>() = scale;
    if (args.outputs.size() > 2 && args.outputs[2].data != nullptr)
      *args.outputs[2].as<std::uint8_t>() = static_cast<std::uint8_t>(zero);
  }

 private:
  static constexpr int kParts = 16;
  struct Bounds {
    float low, high;
  };
  QuantizeCode code_;
};

Claim claim_dynamic(const NodeView& node) {
  if (!node.in(0).ranked()) return Claim::no("unknown rank");
  if (!node.wants(0)) return Claim::no("y is not wanted");
  if (node.in(0).layout != node.out(0).layout) return Claim::no("input in layout {}", layout_name(node.in(0).layout));
  return Claim::yes();
}

}  // namespace

std::span<const KernelEntry> quantize_kernels() {
  static const KernelEntry entries[] = {
      {"QuantizeLinear", claim_linear<true>, make_kernel<LinearKernel<true>>},
      {"DequantizeLinear", claim_linear<false>, make_kernel<LinearKernel<false>>},
      {"DynamicQuantizeLinear", claim_dynamic,
       [](const NodeView&, PrepareContext&) -> std::unique_ptr<Kernel> { return std::make_unique<DynamicKernel>(); }}};
  return entries;
}

}  // namespace onnxrun::cpu
