// MaxPool and AveragePool over one to three spatial axes. Channels-last: the channels of a window's elements are folded side by
// side. Plain: a loop over each window.
#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/elementwise_code.h"
#include "engine/backend/float_types.h"
#include "backends/cpu/fold.h"
#include "backends/cpu/isa.h"
#include "engine/base/half.h"
#include "engine/ir/window.h"

namespace onnxrun::cpu {
namespace {

constexpr std::int64_t kChannels = 512;  // folded at a time
constexpr std::size_t kAxes = 3;

// What a window covers along one axis: `count` input positions from `first`, `dilation` apart, and `padded` positions when
// explicit padding counts.
struct Cover {
  std::int64_t first, count, padded;
};

struct Axis {
  std::int64_t in = 1, out = 1, dilation = 1;
  std::vector<Cover> covers;  // per output position
};

Axis make_axis(const Window& w, int axis, std::int64_t in, std::int64_t out) {
  const auto a = static_cast<std::size_t>(axis);
  Axis result{in, out, w.dilations[a], {}};
  for (std::int64_t o = 0; o < out; ++o) {
    Cover c{0, 0, 0};
    for (std::int64_t k = 0; k < w.kernel[a]; ++k) {
      const std::int64_t at = o * w.strides[a] - w.pad_begin(axis) + k * w.dilations[a];
      if (at < in + w.pad_end(axis)) ++c.padded;
      if (at < 0 || at >= in) continue;
      if (c.count++ == 0) c.first = at;
    }
    result.covers.push_back(c);
  }
  return result;
}

class PoolKernel : public Kernel {
 public:
  explicit PoolKernel(const NodeView& node)
      : max_(node.op().name == "MaxPool"),
        with_pad_(node.attrs().i("count_include_pad", 0) != 0),
        dtype_(node.in(0).dtype),
        last_(node.in(0).layout == Layout::kChannelsLast),
        fold_(fold_functions(max_ ? Fold::kMax : Fold::kSum, dtype_)),
        store_(store_op(dtype_)),
        bytes_(dtype_bits(dtype_) / 8) {
    const Shape in = node.in_shape(0), out = node.out_shape(0);
    batch_ = in[0];
    channels_ = in[1];
    Window window = read_window(node.attrs(), node.attrs().ints("kernel_shape"));
    resolve_auto_pad(window, std::span(in).subspan(2));
    // Missing axes go in front, with one position that is covered once.
    const std::size_t rank = in.size() - 2;
    for (std::size_t i = 0; i < kAxes; ++i) {
      if (i + rank < kAxes) {
        axes_[i] = {1, 1, 1, {{0, 1, 1}}};
      } else {
        const std::size_t d = i + rank - kAxes;
        axes_[i] = make_axis(window, static_cast<int>(d), in[d + 2], out[d + 2]);
      }
    }
  }
  std::string describe() const override {
    return fmt::format("pool {} {}", last_ ? "channels" : "windows", last_ ? isa_name() : "loop");
  }

  void run(const KernelArgs& args) const override {
    const std::int64_t positions = axes_[0].out * axes_[1].out * axes_[2].out;
    if (batch_ * channels_ * positions == 0) return;
    if (last_) {
      args.parallel.range(batch_ * positions, 1 + 4096 / channels_, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) channels(args, i / positions, i % positions);
      });
    } else {
      args.parallel.range(batch_ * channels_, 1 + 4096 / positions, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) plane(args, i, positions);
      });
    }
  }

 private:
  struct Covers {
    const Cover* at[kAxes];
    std::int64_t count, divisor;
  };
  Covers covers(std::int64_t position) const {
    Covers c;
    c.at[2] = &axes_[2].covers[static_cast<std::size_t>(position % axes_[2].out)];
    c.at[1] = &axes_[1].covers[static_cast<std::size_t>(position / axes_[2].out % axes_[1].out)];
    c.at[0] = &axes_[0].covers[static_cast<std::size_t>(position / axes_[2].out / axes_[1].out)];
    c.count = c.at[0]->count * c.at[1]->count * c.at[2]->count;
    c.divisor = with_pad_ ? c.at[0]->padded * c.at[1]->padded * c.at[2]->padded : c.count;
    return c;
  }
  // Calls body(spatial position in the input) for each element of a window.
  template <class Body>
  void each(const Covers& c, Body body) const {
    for (std::int64_t i = 0; i < c.at[0]->count; ++i) {
      const std::int64_t p0 = c.at[0]->first + i * axes_[0].dilation;
      for (std::int64_t j = 0; j < c.at[1]->count; ++j) {
        const std::int64_t p1 = p0 * axes_[1].in + c.at[1]->first + j * axes_[1].dilation;
        for (std::int64_t k = 0; k < c.at[2]->count; ++k) body(p1 * axes_[2].in + c.at[2]->first + k * axes_[2].dilation);
      }
    }
  }
  float finish(float folded, const Covers& c) const {
    if (max_) return c.count == 0 ? std::numeric_limits<float>::lowest() : folded;
    return c.divisor == 0 ? 0.0f : folded / static_cast<float>(c.divisor);
  }

  // One output position of one image, all channels.
  void channels(const KernelArgs& args, std::int64_t image, std::int64_t position) const {
    const Covers c = covers(position);
    const std::int64_t in_positions = axes_[0].in * axes_[1].in * axes_[2].in,
                       out_positions = axes_[0].out * axes_[1].out * axes_[2].out;
    const auto* x = static_cast<const std::byte*>(args.inputs[0].data) + image * in_positions * channels_ * bytes_;
    auto* y = static_cast<std::byte*>(args.outputs[0].data) + (image * out_positions + position) * channels_ * bytes_;
    for (std::int64_t first = 0; first < channels_; first += kChannels) {
      const std::int64_t n = std::min(kChannels, channels_ - first);
      float totals[kChannels];
      std::fill(totals, totals + n, fold_start(max_ ? Fold::kMax : Fold::kSum));
      each(c,
           [&](std::int64_t at) { fold_.columns(x + (at * channels_ + first) * bytes_, static_cast<std::size_t>(n), totals); });
      for (std::int64_t i = 0; i < n; ++i) totals[i] = finish(totals[i], c);
      store_(totals, y + first * bytes_, static_cast<std::size_t>(n));
    }
  }

  // One channel of one image, all output positions.
  void plane(const KernelArgs& args, std::int64_t index, std::int64_t positions) const {
    const auto* x = static_cast<const std::byte*>(args.inputs[0].data) + index * axes_[0].in * axes_[1].in * axes_[2].in * bytes_;
    auto* y = static_cast<std::byte*>(args.outputs[0].data) + index * positions * bytes_;
    for (std::int64_t position = 0; position < positions; ++position) {
      const Covers c = covers(position);
      float total = fold_start(max_ ? Fold::kMax : Fold::kSum);
      each(c, [&](std::int64_t at) {
        const float v = value(x, at);
        if (!max_) {
          total += v;
        } else if (!(total != total) && !(v <= total)) {
          total = v;
        }
      });
      const float result = finish(total, c);
      if (dtype_ == DType::kFloat32) {
        reinterpret_cast<float*>(y)[position] = result;
      } else {
        store_(&result, y + position * bytes_, 1);
      }
    }
  }
  float value(const std::byte* x, std::int64_t at) const {
    switch (dtype_) {
      case DType::kFloat32: return reinterpret_cast<const float*>(x)[at];
      case DType::kBFloat16: return static_cast<float>(reinterpret_cast<const BFloat16*>(x)[at]);
      default: return static_cast<float>(reinterpret_cast<const Float16*>(x)[at]);
    }
  }

  bool max_, with_pad_;
  DType dtype_;
  bool last_;
  FoldFunctions fold_;
  StoreOp store_;
  std::int64_t bytes_, batch_ = 0, channels_ = 0;
  Axis axes_[kAxes];
};

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (!is_f32_like(x.dtype)) return Claim::no("input 0 is {}, want f32, bf16 or f16", dtype_name(x.dtype));
  if (!x.ranked() || x.rank() < 3 || x.rank() > 2 + static_cast<int>(kAxes)) return Claim::no("no 1 to {} spatial axes", kAxes);
  if (node.wants(1)) return Claim::no("Indices are wanted");
  if (x.layout != node.out(0).layout) return Claim::no("from {} to {}", layout_name(x.layout), layout_name(node.out(0).layout));
  return x.layout == Layout::kPlain ? Claim::yes(4, "plain layout: a scalar loop") : Claim::yes();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext&) { return std::make_unique<PoolKernel>(node); }

}  // namespace

std::span<const KernelEntry> pool_kernels() {
  static const KernelEntry entries[] = {{"MaxPool", claim, prepare}, {"AveragePool", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cpu
