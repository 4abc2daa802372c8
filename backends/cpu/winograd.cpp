// Conv and onnxrun.FusedConv with 3x3 windows, stride 1, f32, channels-last, by Winograd's transforms: a quarter of the
// multiplications. A few bits are lost, and one infinite pixel makes its neighbours NaN, so it is not for --math exact.
//
// Tiles of 4x4 output pixels go in blocks: their coefficients, 36 products with the weights' coefficients, the pixels of y.
#include <algorithm>

#include "backends/cpu/activation_code.h"
#include "backends/cpu/isa.h"
#include "backends/cpu/matmul_block.h"
#include "backends/cpu/winograd_block.h"
#include "engine/ir/window.h"

namespace onnxrun::cpu {
namespace {

enum Input { kX, kWeights, kBias, kResidual };

constexpr auto kOut = static_cast<std::int64_t>(kWinogradOut), kIn = static_cast<std::int64_t>(kWinogradIn),
               kMatrices = static_cast<std::int64_t>(kWinogradMatrices);
constexpr std::int64_t kMultiple = 16;  // of channels
constexpr std::int64_t kEnoughTiles = 9;

// Against a vendor library's 1. Arm's has Winograd's transforms itself, in bf16 too.
#if defined(__aarch64__)
constexpr double kCost = 1.2;
#else
constexpr double kCost = 0.9;
#endif
constexpr double kSmallCost = 2;

// Tiles of a block, by measurement on Zen 3: few, so that a block stays in the second-level cache, unless the coefficients of the
// weights (in bytes) are so large that reading them again for every block takes longer.
constexpr std::int64_t kFewTiles = 12, kManyTiles = 48, kWeightsInCache = std::int64_t{4} << 20;

struct Sizes {
  std::int64_t batch, channels, height, width, out_channels, out_height, out_width, top, left;  // top, left: padding
  explicit Sizes(const NodeView& node) {
    const Shape x = node.in_shape(kX), y = node.out_shape(0);
    Window window = read_window(node.attrs(), {3, 3});
    resolve_auto_pad(window, std::span(x).subspan(2));
    batch = x[0], channels = x[1], height = x[2], width = x[3];
    out_channels = y[1], out_height = y[2], out_width = y[3];
    top = window.pad_begin(0), left = window.pad_begin(1);
  }
  std::int64_t down() const { return (out_height + kOut - 1) / kOut; }
  std::int64_t across() const { return (out_width + kOut - 1) / kOut; }
  std::int64_t tiles() const { return batch * down() * across(); }
};

// Coefficients of weights [K, C, 3, 3]: for every coefficient, panels [C][columns] of K, as MatMulFunctions packs them.
std::shared_ptr<std::vector<float>> pack(const Tensor& weights, const Sizes& s, std::int64_t columns, std::int64_t panels, const Parallel& parallel) {
  const std::int64_t matrix = panels * s.channels * columns;
  auto packed = std::make_shared<std::vector<float>>(static_cast<std::size_t>(kMatrices * matrix));
  const float* w = weights.view<float>().data();
  parallel.range(panels, 1, [&](std::int64_t begin, std::int64_t end) {
    float coefficients[kWinogradMatrices];
    for (std::int64_t k = begin * columns; k < std::min(end * columns, s.out_channels); ++k) {
      for (std::int64_t c = 0; c < s.channels; ++c) {
        winograd_weights(w + (k * s.channels + c) * 9, coefficients);
        float* to = packed->data() + (k / columns * s.channels + c) * columns + k % columns;
        for (std::int64_t i = 0; i < kMatrices; ++i) to[i * matrix] = coefficients[i];
      }
    }
  });
  return packed;
}

class WinogradKernel : public Kernel {
 public:
  WinogradKernel(const NodeView& node, PrepareContext& ctx)
      : s_(node), products_(matmul_functions()), transforms_(winograd_functions()), activation_(activation_code(node)),
        threads_(ctx.parallel.threads()), zeros_(static_cast<std::size_t>(std::max(s_.channels, s_.out_channels))) {
    const auto columns = static_cast<std::int64_t>(products_.tile_columns);
    panels_ = (s_.out_channels + columns - 1) / columns;
    matrix_ = panels_ * columns * s_.channels;
    block_ = matrix_ * kMatrices * 4 <= kWeightsInCache ? kFewTiles : kManyTiles;
    block_ = std::min(block_, std::max<std::int64_t>(s_.tiles(), 1));
    together_ = s_.tiles() < 2 * threads_ * block_ && threads_ > 1;
    if (together_) block_ = s_.tiles();
    packed_ = ctx.weights.get<std::vector<float>>(
        *node.constant(kWeights), fmt::format("cpu winograd {}", columns),
        std::function<std::shared_ptr<std::vector<float>>()>([&] { return pack(*node.constant(kWeights), s_, columns, panels_, ctx.parallel); }));
  }
  std::string describe() const override { return fmt::format("winograd 4x4 {}", isa_name()); }
  bool reads(int input) const override { return input != kWeights; }
  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>((together_ ? 1 : threads_) * scratch_floats()) * sizeof(float);
  }

  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    auto* scratch = reinterpret_cast<float*>(args.scratch);
    if (together_) return work(args, 0, block_, scratch, args.parallel);
    const std::int64_t blocks = (s_.tiles() + block_ - 1) / block_, parts = std::min<std::int64_t>(threads_, blocks);
    args.parallel.tasks(static_cast<int>(parts), [&](int part) {
      for (std::int64_t b = blocks * part / parts; b < blocks * (part + 1) / parts; ++b) {
        work(args, b * block_, std::min(block_, s_.tiles() - b * block_), scratch + part * scratch_floats(), Parallel());
      }
    });
  }

 private:
  std::int64_t scratch_floats() const { return kMatrices * block_ * (s_.channels + s_.out_channels); }

  // Tiles [first, first + count).
  void work(const KernelArgs& args, std::int64_t first, std::int64_t count, float* coefficients, const Parallel& parallel) const {
    float* products = coefficients + kMatrices * count * s_.channels;
    parallel.range(count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) input(args, first + t, coefficients + t * s_.channels, count * s_.channels);
    });
    parallel.range(kMatrices, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        MatMulBlock m;
        m.a = coefficients + i * count * s_.channels;
        m.packed = packed_->data() + i * matrix_;
        m.y = products + i * count * s_.out_channels;
        m.rows = static_cast<std::size_t>(count);
        m.depth = m.a_stride = static_cast<std::size_t>(s_.channels);
        m.width = static_cast<std::size_t>(s_.out_channels);
        products_.multiply(m, 0, static_cast<std::size_t>(panels_));
      }
    });
    parallel.range(count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) output(args, first + t, products + t * s_.out_channels, count * s_.out_channels);
    });
  }

  void input(const KernelArgs& args, std::int64_t tile, float* to, std::int64_t stride) const {
    const std::int64_t image = tile / (s_.down() * s_.across()), row = tile / s_.across() % s_.down() * kOut - s_.top,
                       column = tile % s_.across() * kOut - s_.left;
    const float* x = args.inputs[kX].as<const float>() + image * s_.height * s_.width * s_.channels;
    const float* pixels[kWinogradMatrices];
    for (std::int64_t i = 0; i < kMatrices; ++i) {
      const std::int64_t h = row + i / kIn, w = column + i % kIn;
      const bool inside = h >= 0 && h < s_.height && w >= 0 && w < s_.width;
      pixels[i] = inside ? x + (h * s_.width + w) * s_.channels : zeros_.data();
    }
    transforms_.input(pixels, static_cast<std::size_t>(s_.channels), to, static_cast<std::size_t>(stride));
  }

  void output(const KernelArgs& args, std::int64_t tile, const float* from, std::int64_t stride) const {
    const std::int64_t image = tile / (s_.down() * s_.across()), row = tile / s_.across() % s_.down() * kOut,
                       column = tile % s_.across() * kOut, at = ((image * s_.out_height + row) * s_.out_width + column) * s_.out_channels;
    const auto optional = [&](std::size_t i) { return i < args.inputs.size() ? args.inputs[i].as<const float>() : nullptr; };
    WinogradOutput out;
    out.y = args.outputs[0].as<float>() + at;
    out.residual = optional(kResidual) == nullptr ? nullptr : optional(kResidual) + at;
    out.bias = optional(kBias) == nullptr ? zeros_.data() : optional(kBias);
    out.row = static_cast<std::size_t>(s_.out_width * s_.out_channels);
    out.rows = static_cast<std::size_t>(std::min(kOut, s_.out_height - row));
    out.columns = static_cast<std::size_t>(std::min(kOut, s_.out_width - column));
    transforms_.output(from, static_cast<std::size_t>(stride), static_cast<std::size_t>(s_.out_channels), out);
    if (activation_.op == nullptr) return;
    for (std::size_t r = 0; r < out.rows; ++r) {
      float* y = out.y + r * out.row;
      activation_.op(y, nullptr, nullptr, activation_.p, activation_.q, y, out.columns * static_cast<std::size_t>(s_.out_channels));
    }
  }

  Sizes s_;
  MatMulFunctions products_;
  WinogradFunctions transforms_;
  ActivationCode activation_;
  int threads_;
  std::vector<float> zeros_;
  std::int64_t panels_, matrix_;  // of one coefficient's packed weights, in floats
  std::int64_t block_;            // tiles that are worked on at a time, by one thread or by all
  bool together_;                 // all threads at one block
  std::shared_ptr<const std::vector<float>> packed_;
};

// Known to have so few tiles that reading the weights' coefficients, four times as many as weights, decides.
bool few_tiles(const Type& y) {
  const auto along = [&](int axis) { return y.dims()[static_cast<std::size_t>(axis)]; };
  if (!along(2).known() || !along(3).known()) return false;
  const Dim tiles = ceil_div(along(2), kOut) * ceil_div(along(3), kOut) * (along(0).known() ? along(0) : 1);
  return tiles.value() < kEnoughTiles;
}

Claim claim(const NodeView& node) {
  if (node.math() == Math::kExact) return Claim::no("Winograd's sums lose bits, want --math default");
  const Type &x = node.in(kX), &w = node.in(kWeights);
  if (x.dtype != DType::kFloat32) return Claim::no("input is {}, want f32", dtype_name(x.dtype));
  if (!x.ranked() || x.rank() != 4) return Claim::no("want two spatial dimensions");
  if (x.layout != Layout::kChannelsLast) return Claim::no("input is {}", layout_name(x.layout));
  if (node.has(kResidual) && node.in(kResidual).layout != x.layout) return Claim::no("residual is {}", layout_name(node.in(kResidual).layout));
  if (node.constant(kWeights) == nullptr) return Claim::no("weights that are not constant");
  const Shape sizes = *w.static_shape();
  if (node.attrs().i("group") != 1) return Claim::no("group {}", node.attrs().i("group"));
  const Window window = read_window(node.attrs(), {sizes[2], sizes[3]});
  if (window.kernel != Ints{3, 3} || window.strides != Ints{1, 1} || window.dilations != Ints{1, 1}) {
    return Claim::no("want a window of 3x3 with stride 1 and dilation 1");
  }
  if (sizes[0] % kMultiple != 0 || sizes[1] % kMultiple != 0) return Claim::no("want multiples of {} channels", kMultiple);
  return few_tiles(node.out(0)) ? Claim::yes(kSmallCost, "small image") : Claim::yes(kCost);
}

}  // namespace

std::span<const KernelEntry> winograd_kernels() {
  static constexpr auto prepare = [](const NodeView& node, PrepareContext& ctx) -> std::unique_ptr<Kernel> {
    return std::make_unique<WinogradKernel>(node, ctx);
  };
  static const KernelEntry entries[] = {{"onnxrun.FusedConv", claim, prepare}, {"Conv", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cpu
