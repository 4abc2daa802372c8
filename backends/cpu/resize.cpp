// Resize: nearest elements are copied by index lists; linear and cubic interpolation goes one dimension after the other, each
// output row being a weighted sum of input rows.
#include <algorithm>

#include "backends/cpu/broadcast.h"
#include "backends/cpu/copy.h"
#include "backends/cpu/isa.h"
#include "engine/backend/known_ints.h"
#include "backends/cpu/map_copy.h"
#include "backends/cpu/weighted_sum.h"
#include "engine/ir/resize_axis.h"

namespace onnxrun::cpu {
namespace {

enum Input { kX, kRoi, kScales, kSizes };

// One entry per logical dimension. At prepare time either the scales or the sizes are known, or the output could have no shape.
std::vector<ResizeAxis> plan_of(const NodeView& node) {
  const Shape in = node.in_shape(kX);
  std::optional<std::vector<float>> scales;
  std::optional<std::vector<std::int64_t>> sizes;
  const Tensor* given = node.constant(kScales);
  if (given != nullptr && given->size() > 0) {
    scales.emplace(given->view<float>().begin(), given->view<float>().end());
  } else {
    sizes = known_ints(node, kSizes);
  }
  return resize_plan(node.attrs(), in, scales, sizes, {});
}

class NearestKernel : public Kernel {
 public:
  explicit NearestKernel(const NodeView& node) : copy_(make(node)) {}
  std::string describe() const override { return "resize nearest"; }
  bool reads(int input) const override { return input == kX; }
  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size > 0) copy_.run(args.inputs[kX].data, args.outputs[0].data, nullptr, args.parallel);
  }

 private:
  static MapCopy make(const NodeView& node) {
    const std::vector<ResizeAxis> plan = plan_of(node);
    Shape physical;
    std::vector<std::vector<std::int64_t>> maps;
    for (const int d : physical_order(node.in(kX).rank(), node.in(kX).layout)) {
      const ResizeAxis& axis = plan[static_cast<std::size_t>(d)];
      physical.push_back(axis.in);
      auto& map = maps.emplace_back();
      for (std::int64_t i = 0; i < axis.out; ++i) {
        const double x = axis.identity(false) ? static_cast<double>(i)
                                              : *source_coordinate(node.attrs().s("coordinate_transformation_mode"), axis, i);
        map.push_back(nearest_index(node.attrs().s("nearest_mode"), x, axis.in));
      }
    }
    return MapCopy(node.in(kX).dtype, physical, maps);
  }
  MapCopy copy_;
};

// One dimension: [outer, in, inner] becomes [outer, out, inner].
struct Pass {
  std::int64_t outer = 1, in = 1, out = 1, inner = 1, taps = 0;
  std::vector<std::int64_t> indices;  // taps for each output index, clamped
  std::vector<float> weights;
};

class InterpolateKernel : public Kernel {
 public:
  explicit InterpolateKernel(const NodeView& node) {
    const std::vector<ResizeAxis> plan = plan_of(node);
    std::vector<ResizeAxis> physical;
    for (const int d : physical_order(node.in(kX).rank(), node.in(kX).layout))
      physical.push_back(plan[static_cast<std::size_t>(d)]);
    Shape shape;
    for (const ResizeAxis& axis : physical) shape.push_back(axis.in);
    for (std::size_t d = 0; d < physical.size(); ++d) {
      if (physical[d].identity(false)) continue;
      passes_.push_back(make_pass(node, physical[d]));
      Pass& pass = passes_.back();
      for (std::size_t i = 0; i < d; ++i) pass.outer *= shape[i];
      for (std::size_t i = d + 1; i < shape.size(); ++i) pass.inner *= shape[i];
      shape[d] = physical[d].out;
    }
    if (passes_.empty()) passes_.push_back({element_count(shape), 1, 1, 1, 1, {0}, {1.0f}});
    // Results between two passes, in two halves of the scratch memory by turns.
    for (std::size_t i = 0; i + 1 < passes_.size(); ++i) {
      half_ = std::max(half_, (passes_[i].outer * passes_[i].out * passes_[i].inner + 15) / 16 * 16);
    }
  }
  std::size_t scratch_bytes() const override { return static_cast<std::size_t>(half_) * 2 * sizeof(float); }
  std::string describe() const override { return fmt::format("resize in {} passes {}", passes_.size(), isa_name()); }
  bool reads(int input) const override { return input == kX; }
  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    const float* from = args.inputs[kX].as<const float>();
    for (std::size_t i = 0; i < passes_.size(); ++i) {
      float* to =
          i + 1 == passes_.size() ? args.outputs[0].as<float>() : reinterpret_cast<float*>(args.scratch) + (i % 2 ? half_ : 0);
      run_pass(passes_[i], from, to, args.parallel);
      from = to;
    }
  }

 private:
  static Pass make_pass(const NodeView& node, const ResizeAxis& axis) {
    Pass pass;
    pass.in = axis.in;
    pass.out = axis.out;
    std::vector<Taps> all;
    for (std::int64_t i = 0; i < axis.out; ++i) {
      all.push_back(taps_at(node.attrs(), axis, *source_coordinate(node.attrs().s("coordinate_transformation_mode"), axis, i)));
      pass.taps = std::max(pass.taps, static_cast<std::int64_t>(all.back().weights.size()));
    }
    for (const Taps& taps : all) {
      for (std::int64_t k = 0; k < pass.taps; ++k) {
        const bool exists = k < static_cast<std::int64_t>(taps.weights.size());
        pass.indices.push_back(std::clamp<std::int64_t>(taps.first + (exists ? k : 0), 0, axis.in - 1));
        pass.weights.push_back(exists ? static_cast<float>(taps.weights[static_cast<std::size_t>(k)]) : 0.0f);
      }
    }
    return pass;
  }

  static void run_pass(const Pass& p, const float* from, float* to, const Parallel& parallel) {
    const auto taps = static_cast<std::size_t>(p.taps);
    if (p.inner == 1) {  // along the innermost dimension: single elements
      parallel.range(p.outer, 1 + 16384 / (p.out * p.taps), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t o = begin; o < end; ++o) {
          gather_sum(from + o * p.in, p.indices.data(), p.weights.data(), taps, to + o * p.out, static_cast<std::size_t>(p.out));
        }
      });
      return;
    }
    const auto sum = weighted_sum_function();
    parallel.range(p.outer * p.out, 1 + 16384 / (p.inner * p.taps), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t o = row / p.out, i = row % p.out;
        sum(from + o * p.in * p.inner, static_cast<std::size_t>(p.inner), p.indices.data() + i * p.taps,
            p.weights.data() + i * p.taps, taps, to + row * p.inner);
      }
    });
  }

  static void gather_sum(const float* x, const std::int64_t* indices, const float* weights, std::size_t taps, float* y,
                         std::size_t n) {
    for (std::size_t i = 0; i < n; ++i, indices += taps, weights += taps) {
      float total = 0;
      for (std::size_t k = 0; k < taps; ++k) total += weights[k] == 0.0f ? 0.0f : weights[k] * x[indices[k]];
      y[i] = total;
    }
  }

  std::vector<Pass> passes_;
  std::int64_t half_ = 0;
};

Claim claim(const NodeView& node) {
  const Type& x = node.in(kX);
  const bool nearest = node.attrs().s("mode") == "nearest";
  if (!nearest && x.dtype != DType::kFloat32) return Claim::no("interpolation of {}, want f32", dtype_name(x.dtype));
  if (node.attrs().s("coordinate_transformation_mode") == "tf_crop_and_resize") return Claim::no("tf_crop_and_resize");
  if (x.layout != node.out(0).layout) return Claim::no("from {} to {}", layout_name(x.layout), layout_name(node.out(0).layout));
  const std::string why = refuse_copy(node, kX);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}

}  // namespace

std::span<const KernelEntry> resize_kernels() {
  static const KernelEntry entries[] = {{"Resize", claim, [](const NodeView& node, PrepareContext&) -> std::unique_ptr<Kernel> {
                                           if (node.attrs().s("mode") == "nearest") return std::make_unique<NearestKernel>(node);
                                           return std::make_unique<InterpolateKernel>(node);
                                         }}};
  return entries;
}

}  // namespace onnxrun::cpu
