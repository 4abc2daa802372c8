// onnxrun.FusedMatMul and MatMul in f32: a blocked product on packed panels of b. Cheaper than a vendor library's where the
// matrices are tiny, and a fair product where there is no such library.
//
// A unit of work is kRows rows of y and a group of panels; b is packed once when it is a constant, else at the start of every
// run. Units don't depend on the number of threads.
#include <algorithm>

#include "backends/cpu/activation_code.h"
#include "backends/cpu/broadcast.h"
#include "backends/cpu/isa.h"
#include "backends/cpu/matmul_block.h"

namespace onnxrun::cpu {
namespace {

enum Input { kA, kB, kBias, kResidual };

constexpr std::int64_t kRows = 96;
constexpr std::int64_t kPanels = 8;             // of a unit
constexpr std::int64_t kTiny = 256 * 1024;      // multiplications below which the overhead of a call decides
constexpr double kTinyCost = 0.5, kCost = 1.5;  // against a vendor library's 1

struct Sizes {
  std::int64_t m, n, k;
  bool trans_b;
  explicit Sizes(const NodeView& node) {
    const Shape a = node.in_shape(kA), b = node.in_shape(kB), y = node.out_shape(0);
    trans_b = node.attrs().i("transB", 0) != 0;
    m = y[y.size() - 2], n = y.back(), k = a.back();
  }
};

class MatMulKernel : public Kernel {
 public:
  MatMulKernel(const NodeView& node, PrepareContext& ctx)
      : size_(node), functions_(matmul_functions()), activation_(activation_code(node)), scale_(node.attrs().f("scale", 1.0f)) {
    const Shape a = node.in_shape(kA), b = node.in_shape(kB), y = node.out_shape(0);
    const SweepInput batches[] = {{Shape(a.begin(), a.end() - 2)}, {Shape(b.begin(), b.end() - 2)}};
    const Shape y_batch(y.begin(), y.end() - 2);
    batches_ = element_count(y_batch);
    b_count_ = element_count(batches[1].shape);
    if (b_count_ == 1 && batches[0].shape == y_batch) {
      // One b for all: the batch is just more rows.
      size_.m *= batches_;
      batches_ = 1;
    } else {
      sweep_ = make_sweep(y_batch, Layout::kPlain, batches);
    }
    panels_ = (size_.n + columns() - 1) / columns();
    if (const Tensor* constant = node.constant(kB)) {
      packed_ = ctx.weights.get<std::vector<float>>(
          *constant, fmt::format("cpu panels {} {} {}", columns(), size_.trans_b, dims_str(dims_of(b))),
          std::function<std::shared_ptr<std::vector<float>>()>([&] {
            auto packed = std::make_shared<std::vector<float>>(packed_floats() * static_cast<std::size_t>(b_count_));
            pack(constant->view<float>().data(), packed->data(), ctx.parallel);
            return packed;
          }));
    }
  }
  std::size_t scratch_bytes() const override {
    return packed_ ? 0 : packed_floats() * static_cast<std::size_t>(b_count_) * sizeof(float);
  }
  bool reads(int input) const override { return input != kB || !packed_; }
  std::string describe() const override {
    return fmt::format("matmul panels{} {}", packed_ ? "" : ", packed at run time", isa_name());
  }

  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    const float* packed = packed_ ? packed_->data() : reinterpret_cast<const float*>(args.scratch);
    if (!packed_) pack(args.inputs[kB].as<const float>(), reinterpret_cast<float*>(args.scratch), args.parallel);
    const std::int64_t row_blocks = (size_.m + kRows - 1) / kRows, groups = (panels_ + kPanels - 1) / kPanels;
    const std::int64_t work =
        std::min(kRows, size_.m) * std::min(kPanels, panels_) * columns() * std::max<std::int64_t>(size_.k, 1);
    args.parallel.range(batches_ * row_blocks * groups, 1 + 32768 / work, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t unit = begin; unit < end; ++unit) {
        block(args, packed, unit / groups / row_blocks, unit / groups % row_blocks * kRows, unit % groups * kPanels);
      }
    });
  }

 private:
  std::int64_t columns() const { return static_cast<std::int64_t>(functions_.tile_columns); }
  std::size_t packed_floats() const { return static_cast<std::size_t>(panels_ * columns() * size_.k); }
  std::int64_t batch_offset(std::size_t input, std::int64_t batch) const {
    if (batches_ == 1 && sweep_.sizes.empty()) return 0;
    return sweep_.row_offset(input, batch / sweep_.inner()) + batch % sweep_.inner() * sweep_.strides[input].back();
  }

  void pack(const float* b, float* to, const Parallel& parallel) const {
    const std::int64_t stride = size_.trans_b ? size_.k : size_.n;
    parallel.range(b_count_ * panels_, 1 + 16384 / (columns() * std::max<std::int64_t>(size_.k, 1)),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) {
                       const std::int64_t matrix = i / panels_;
                       functions_.pack(b + matrix * size_.k * size_.n, static_cast<std::size_t>(stride), size_.trans_b,
                                       static_cast<std::size_t>(size_.k), static_cast<std::size_t>(size_.n),
                                       static_cast<std::size_t>(i % panels_),
                                       to + static_cast<std::size_t>(matrix) * packed_floats());
                     }
                   });
  }

  void block(const KernelArgs& args, const float* packed, std::int64_t batch, std::int64_t row, std::int64_t panel) const {
    const std::int64_t at = (batch * size_.m + row) * size_.n;
    const auto optional = [&](std::size_t i) { return i < args.inputs.size() ? args.inputs[i].as<const float>() : nullptr; };
    MatMulBlock m;
    m.a = args.inputs[kA].as<const float>() + (batch_offset(0, batch) * size_.m + row) * size_.k;
    m.packed = packed + static_cast<std::size_t>(batch_offset(1, batch)) * packed_floats();
    m.y = args.outputs[0].as<float>() + at;
    m.bias = optional(kBias);
    m.residual = optional(kResidual) == nullptr ? nullptr : optional(kResidual) + at;
    m.rows = static_cast<std::size_t>(std::min(kRows, size_.m - row));
    m.depth = m.a_stride = static_cast<std::size_t>(size_.k);
    m.width = static_cast<std::size_t>(size_.n);
    m.scale = scale_;
    const std::int64_t last = std::min(panel + kPanels, panels_);
    functions_.multiply(m, static_cast<std::size_t>(panel), static_cast<std::size_t>(last));
    if (activation_.op == nullptr) return;
    const std::int64_t first = panel * columns(), count = std::min(last * columns(), size_.n) - first;
    for (std::size_t r = 0; r < m.rows; ++r) {
      float* y = m.y + r * m.width + first;
      activation_.op(y, nullptr, nullptr, activation_.p, activation_.q, y, static_cast<std::size_t>(count));
    }
  }

  Sizes size_;
  MatMulFunctions functions_;
  ActivationCode activation_;
  float scale_;
  Sweep sweep_;
  std::int64_t batches_ = 1, b_count_ = 1, panels_ = 0;
  std::shared_ptr<const std::vector<float>> packed_;
};

// Known to be tiny, whatever the symbols.
bool tiny(const NodeView& node) {
  const auto a = node.in(kA).static_shape(), y = node.out(0).static_shape();
  return a && y && node.constant(kB) != nullptr && element_count(*y) * a->back() <= kTiny;
}

Claim claim(const NodeView& node) {
  for (int i = 0; i < node.inputs(); ++i) {
    if (!node.has(i)) continue;
    if (node.in(i).dtype != DType::kFloat32) return Claim::no("input {} is {}, want f32", i, dtype_name(node.in(i).dtype));
    if (!node.in(i).ranked()) return Claim::no("the rank of input {} is unknown", i);
    if (node.in(i).layout != Layout::kPlain) return Claim::no("input {} is {}", i, layout_name(node.in(i).layout));
  }
  if (node.in(kA).rank() < 2 || node.in(kB).rank() < 2) return Claim::no("a factor of rank 1");
  if (std::max(node.in(kA).rank(), node.in(kB).rank()) > kMaxRank) return Claim::no("rank above {}", kMaxRank);
  if (node.attrs().i("transA", 0) != 0) return Claim::no("transA");
  return tiny(node) ? Claim::yes(kTinyCost, "tiny") : Claim::yes(kCost);
}

}  // namespace

std::span<const KernelEntry> matmul_kernels() {
  static constexpr auto prepare = [](const NodeView& node, PrepareContext& ctx) -> std::unique_ptr<Kernel> {
    return std::make_unique<MatMulKernel>(node, ctx);
  };
  static const KernelEntry entries[] = {{"onnxrun.FusedMatMul", claim, prepare}, {"MatMul", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cpu
