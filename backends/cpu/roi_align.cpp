// RoiAlign by means: for a block of a region's bins the elements and weights are found once, and serve all channels.
#include <algorithm>
#include <limits>

#include "backends/cpu/gather_sum.h"
#include "backends/cpu/isa.h"
#include "engine/backend/float_types.h"
#include "engine/ir/roi_sampler.h"

namespace onnxrun::cpu {
namespace {

enum Input { kX, kRois, kBatch };

constexpr std::int64_t kBlock = 64;   // bins
constexpr std::int64_t kPoints = 16;  // of a bin at a time, four elements each
static_assert(kBlock % kGatherPad == 0);

struct Block {
  std::int32_t indices[4 * kPoints * kBlock] = {};
  float weights[4 * kPoints * kBlock] = {};
};

class RoiAlignKernel : public Kernel {
 public:
  explicit RoiAlignKernel(const NodeView& node) : attrs_(node.attrs()), in_(node.in_shape(kX)), out_(node.out_shape(0)) {
    require(ErrorCode::kOutOfResources, in_[2] * in_[3] <= std::numeric_limits<std::int32_t>::max(), "RoiAlign: {} x {} elements", in_[2], in_[3]);
  }
  std::string describe() const override { return fmt::format("roi-align {}", isa_name()); }
  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    require(ErrorCode::kUsage, in_[2] * in_[3] > 0, "an empty feature map");
    args.parallel.range(out_[0], 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) region(args, n);
    });
  }

 private:
  void region(const KernelArgs& args, std::int64_t n) const {
    const std::int64_t image = args.inputs[kBatch].as<const std::int64_t>()[n], all = out_[2] * out_[3];
    require(ErrorCode::kUsage, image >= 0 && image < in_[0], "region {} lies in image {} of {}", n, image, in_[0]);
    const RoiBins bins = roi_bins(attrs_, args.inputs[kRois].as<const float>() + 4 * n, n);
    const std::int64_t points = bins.rows * bins.columns;
    float* y = args.outputs[0].as<float>() + n * out_[1] * all;
    if (points <= 0) return void(std::fill_n(y, out_[1] * all, 0.0f));
    Block block;
    for (std::int64_t first = 0; first < all; first += kBlock) {
      const std::int64_t count = std::min(kBlock, all - first);
      for (std::int64_t point = 0; point < points; point += kPoints) {
        const std::int64_t last = std::min(point + kPoints, points);
        for (std::int64_t i = 0; i < count; ++i) {
          for (std::int64_t p = point; p < last; ++p) find(bins, first + i, p, block, (p - point) * 4 * kBlock + i);
        }
        for (std::int64_t c = 0; c < in_[1]; ++c) {
          const float* x = args.inputs[kX].as<const float>() + (image * in_[1] + c) * in_[2] * in_[3];
          sums_(x, block.indices, block.weights, static_cast<std::size_t>(4 * (last - point)), static_cast<std::size_t>(kBlock),
                static_cast<std::size_t>(count), point > 0, y + c * all + first);
        }
      }
    }
  }

  // The elements of a bin's point, at places `to`, to + kBlock and so on.
  void find(const RoiBins& bins, std::int64_t bin, std::int64_t point, Block& block, std::int64_t to) const {
    const RoiSample s = bins.sample(bin / out_[3], bin % out_[3], point / bins.columns, point % bins.columns, in_[2], in_[3]);
    for (std::size_t k = 0; k < 4; ++k, to += kBlock) {
      block.indices[to] = static_cast<std::int32_t>(s.at[k]);
      block.weights[to] = static_cast<float>(s.weight[k] / static_cast<double>(bins.rows * bins.columns));
    }
  }

  Attributes attrs_;
  Shape in_, out_;
  GatherSum sums_ = gather_sum_function();
};

Claim claim(const NodeView& node) {
  if (const std::string why = refuse_plain_floats(node, 2); !why.empty()) return Claim::no("{}", why);
  if (node.in(kX).dtype != DType::kFloat32) return Claim::no("{}, want f32", dtype_name(node.in(kX).dtype));
  if (node.attrs().s("mode") != "avg") return Claim::no("mode {}, want avg", node.attrs().s("mode"));
  return Claim::yes();
}

}  // namespace

std::span<const KernelEntry> roi_align_kernels() {
  static const KernelEntry entries[] = {{"RoiAlign", claim, make_kernel<RoiAlignKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
