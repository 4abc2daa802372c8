// GridSample: for a block of positions the elements and weights are found once, and serve all channels.
#include <algorithm>
#include <limits>

#include "backends/cpu/gather_sum.h"
#include "backends/cpu/isa.h"
#include "engine/backend/float_types.h"
#include "engine/base/check.h"
#include "engine/ir/grid_sampler.h"

namespace onnxrun::cpu {
namespace {

constexpr std::int64_t kBlock = 64;  // positions
constexpr int kMaxTaps = 64;         // cubic in three dimensions
static_assert(kBlock % kGatherPad == 0);

struct Block {
  std::int32_t indices[kMaxTaps * kBlock] = {};
  float weights[kMaxTaps * kBlock] = {};
};

class GridSampleKernel : public Kernel {
 public:
  explicit GridSampleKernel(const NodeView& node) : sampler_(grid_sampler(node.attrs())), shape_(node.in_shape(0)) {
    for (std::size_t d = 2; d < shape_.size(); ++d) pixels_ *= shape_[d], taps_ *= sampler_.taps();
    const Shape out = node.out_shape(0);
    for (std::size_t d = 2; d < out.size(); ++d) positions_ *= out[d];
    require(ErrorCode::kOutOfResources, pixels_ <= std::numeric_limits<std::int32_t>::max(), "GridSample: {} elements a channel", pixels_);
  }
  std::string describe() const override { return fmt::format("grid-sample {}", isa_name()); }
  void run(const KernelArgs& args) const override {
    float* y = args.outputs[0].as<float>();
    if (pixels_ == 0) return void(std::fill_n(y, args.outputs[0].size, 0.0f));
    if (args.outputs[0].size == 0) return;
    const std::int64_t blocks = (positions_ + kBlock - 1) / kBlock, channels = shape_[1];
    const auto sums = gather_sum_function();
    args.parallel.range(shape_[0] * blocks, 1 + 256 / (channels * taps_), [&](std::int64_t begin, std::int64_t end) {
      Block block;
      for (std::int64_t b = begin; b < end; ++b) {
        const std::int64_t image = b / blocks, first = b % blocks * kBlock, n = std::min(kBlock, positions_ - first);
        find(args.inputs[1].as<const float>() + (image * positions_ + first) * spatial(), n, block);
        for (std::int64_t c = image * channels; c < (image + 1) * channels; ++c) {
          sums(args.inputs[0].as<const float>() + c * pixels_, block.indices, block.weights, static_cast<std::size_t>(taps_),
               static_cast<std::size_t>(kBlock), static_cast<std::size_t>(n), false, y + c * positions_ + first);
        }
      }
    });
  }

 private:
  int spatial() const { return static_cast<int>(shape_.size()) - 2; }

  // What weighs in at n positions of the grid. Weights are products over the dimensions.
  void find(const float* grid, std::int64_t n, Block& block) const {
    for (std::int64_t i = 0; i < n; ++i, grid += spatial()) {
      std::int64_t index[kMaxTaps], count = 1;  // filled as far as `count`
      double weight[kMaxTaps];
      index[0] = 0, weight[0] = 1.0;
      for (int d = 0; d < spatial(); ++d) {
        const std::int64_t size = shape_[static_cast<std::size_t>(2 + d)];
        const GridTaps taps = sampler_.at(grid[spatial() - 1 - d], size);
        for (std::int64_t before = count; before-- > 0;) {  // backwards: what is read is overwritten last
          const std::int64_t index_before = index[before] * size;
          const double weight_before = weight[before];
          for (int tap = 0; tap < taps.count; ++tap) {
            const std::int64_t k = before * taps.count + tap, at = taps.index[static_cast<std::size_t>(tap)];
            index[k] = index_before + std::max<std::int64_t>(at, 0);
            weight[k] = at < 0 ? 0.0 : weight_before * taps.weight[static_cast<std::size_t>(tap)];
          }
        }
        count *= taps.count;
      }
      for (std::int64_t k = 0; k < count; ++k) {
        block.indices[k * kBlock + i] = static_cast<std::int32_t>(index[k]);
        block.weights[k * kBlock + i] = static_cast<float>(weight[k]);
      }
    }
  }

  GridSampler sampler_;
  Shape shape_;
  std::int64_t pixels_ = 1, positions_ = 1, taps_ = 1;
};

Claim claim(const NodeView& node) {
  if (const std::string why = refuse_plain_floats(node, 2); !why.empty()) return Claim::no("{}", why);
  if (node.in(0).dtype != DType::kFloat32) return Claim::no("{}, want f32", dtype_name(node.in(0).dtype));
  if (node.in(0).rank() > 5) return Claim::no("rank {}, at most 5", node.in(0).rank());
  return Claim::yes();
}

}  // namespace

std::span<const KernelEntry> grid_sample_kernels() {
  static const KernelEntry entries[] = {{"GridSample", claim, make_kernel<GridSampleKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
