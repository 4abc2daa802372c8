// com.microsoft.MatMulNBits in f32. Weights stay as small as they are, and are unpacked in registers at every use: models come
// with weights of four bits because as floats they would neither fit nor pass through memory fast enough, and with few rows (text
// that is written word by word) memory decides.
#include <algorithm>

#include "backends/cpu/isa.h"
#include "backends/cpu/nbits_block.h"
#include "engine/backend/backend.h"

namespace onnxrun::cpu {
namespace {

enum Input { kA, kB, kScales, kZeroPoints, kGroups, kBias };

constexpr std::int64_t kRows = 16;
constexpr std::size_t kMostColumns = 64;

struct Sizes {
  std::int64_t depth, width, bits, block, blocks;
  explicit Sizes(const Attributes& attrs)
      : depth(attrs.i("K")),
        width(attrs.i("N")),
        bits(attrs.i("bits")),
        block(attrs.i("block_size")),
        blocks((depth + block - 1) / block) {}
  // Number i of a row of codes that begins at byte `first`, low bits first.
  int code(const std::uint8_t* bytes, std::int64_t first, std::int64_t i) const {
    return bytes[first + i * bits / 8] >> (i * bits % 8) & ((1 << bits) - 1);
  }
};

// The weights in panels of columns; see nbits_block.h.
struct Packed {
  std::vector<std::uint8_t> codes;
  std::vector<float> scales, zeros;
};

float zero_of(const NodeView& node, const Sizes& s, std::int64_t n, std::int64_t block) {
  const Tensor* zeros = node.constant(kZeroPoints);
  if (zeros == nullptr) return static_cast<float>(1 << (s.bits - 1));
  if (zeros->dtype() != DType::kUInt8) return zeros->view<float>()[static_cast<std::size_t>(n * s.blocks + block)];
  return static_cast<float>(s.code(zeros->view<std::uint8_t>().data(), n * ((s.blocks * s.bits + 7) / 8), block));
}

std::shared_ptr<Packed> pack(const NodeView& node, const Sizes& s, std::int64_t columns) {
  auto packed = std::make_shared<Packed>();
  const std::uint8_t* bytes = node.constant(kB)->view<std::uint8_t>().data();
  const auto scales = node.constant(kScales)->view<float>();
  const bool halves = s.bits <= 4;
  const std::int64_t panels = (s.width + columns - 1) / columns, row_bytes = halves ? columns / 2 : columns;
  packed->codes.resize(static_cast<std::size_t>(panels * s.depth * row_bytes));
  packed->scales.resize(static_cast<std::size_t>(panels * s.blocks * columns));
  packed->zeros.resize(packed->scales.size());
  for (std::int64_t n = 0; n < s.width; ++n) {
    const std::int64_t panel = n / columns, column = n % columns;
    for (std::int64_t b = 0; b < s.blocks; ++b) {
      const auto to = static_cast<std::size_t>((panel * s.blocks + b) * columns + column);
      packed->scales[to] = scales[static_cast<std::size_t>(n * s.blocks + b)];
      packed->zeros[to] = zero_of(node, s, n, b);
    }
    const bool high = halves && column >= columns / 2;
    for (std::int64_t k = 0; k < s.depth; ++k) {
      const int code = s.code(bytes, (n * s.blocks + k / s.block) * s.block * s.bits / 8, k % s.block);
      const std::int64_t to = (panel * s.depth + k) * row_bytes + (high ? column - columns / 2 : column);
      packed->codes[static_cast<std::size_t>(to)] |= static_cast<std::uint8_t>(high ? code << 4 : code);
    }
  }
  return packed;
}

class NBitsKernel : public Kernel {
 public:
  NBitsKernel(const NodeView& node, PrepareContext& ctx) : sizes_(node.attrs()), functions_(nbits_functions()) {
    const std::string key = fmt::format("cpu nbits {} {} {} {}", functions_.columns, sizes_.bits, sizes_.block, sizes_.depth);
    packed_ = ctx.weights.get<Packed>(*node.constant(kB), key, std::function<std::shared_ptr<Packed>()>([&] {
      return pack(node, sizes_, static_cast<std::int64_t>(functions_.columns));
    }));
  }
  std::string describe() const override { return fmt::format("{}-bit product {}", sizes_.bits, isa_name()); }
  bool reads(int input) const override { return input == kA || input == kBias; }
  void run(const KernelArgs& args) const override {
    const auto columns = static_cast<std::int64_t>(functions_.columns);
    const std::int64_t rows = args.outputs[0].size / sizes_.width, panels = (sizes_.width + columns - 1) / columns;
    const std::int64_t blocks = (rows + kRows - 1) / kRows;
    args.parallel.range(panels * blocks, 1 + 32768 / (sizes_.depth * columns), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) unit(args, i / blocks, i % blocks * kRows, rows);
    });
  }

 private:
  void unit(const KernelArgs& args, std::int64_t panel, std::int64_t row, std::int64_t rows) const {
    alignas(64) float sums[static_cast<std::size_t>(kRows) * kMostColumns];
    const auto columns = static_cast<std::int64_t>(functions_.columns);
    NBitsPanel p;
    p.halves = sizes_.bits <= 4;
    p.codes = packed_->codes.data() + panel * sizes_.depth * (p.halves ? columns / 2 : columns);
    p.scales = packed_->scales.data() + panel * sizes_.blocks * columns;
    p.zeros = packed_->zeros.data() + panel * sizes_.blocks * columns;
    p.depth = static_cast<std::size_t>(sizes_.depth);
    p.block = static_cast<std::size_t>(sizes_.block);
    const std::int64_t here = std::min(kRows, rows - row), first = panel * columns,
                       count = std::min(columns, sizes_.width - first);
    functions_.multiply(args.inputs[kA].as<const float>() + row * sizes_.depth, static_cast<std::size_t>(here), p, sums,
                        functions_.columns);
    const float* bias = args.inputs.size() > kBias ? args.inputs[kBias].as<const float>() : nullptr;
    for (std::int64_t r = 0; r < here; ++r) {
      float* y = args.outputs[0].as<float>() + (row + r) * sizes_.width + first;
      for (std::int64_t c = 0; c < count; ++c) y[c] = sums[r * columns + c] + (bias == nullptr ? 0.0f : bias[first + c]);
    }
  }

  Sizes sizes_;
  NBitsFunctions functions_;
  std::shared_ptr<const Packed> packed_;
};

Claim claim(const NodeView& node) {
  const Type& a = node.in(kA);
  if (a.dtype != DType::kFloat32) return Claim::no("input is {}, want f32", dtype_name(a.dtype));
  if (!a.ranked() || a.layout != Layout::kPlain) return Claim::no("input of unknown rank, or not plain");
  const bool constant = node.constant(kB) != nullptr && node.constant(kScales) != nullptr &&
                        (!node.has(kZeroPoints) || node.constant(kZeroPoints) != nullptr);
  return constant ? Claim::yes() : Claim::no("weights that are not constant");
}

}  // namespace

std::span<const KernelEntry> matmul_nbits_kernels() {
  static const KernelEntry entries[] = {
      {"com.microsoft.MatMulNBits", claim, [](const NodeView& node, PrepareContext& ctx) -> std::unique_ptr<Kernel> {
         return std::make_unique<NBitsKernel>(node, ctx);
       }}};
  return entries;
}

}  // namespace onnxrun::cpu
