#include "backends/cpu/panels.h"

#include <algorithm>

namespace onnxrun::cpu {
namespace {

constexpr std::int64_t kRows = 96, kPanels = 8;      // of a unit of work
constexpr std::int64_t kPieceProducts = 128 * 1024;  // multiplications that are worth another thread

}  // namespace

Panels::Panels(const NodeView& node, PrepareContext& ctx, int input, std::int64_t first, std::int64_t width)
    : first_(first), width_(width), functions_(matmul_functions()) {
  const Shape shape = node.in_shape(input);
  count_ = shape[0], rows_ = shape[1], depth_ = shape[2];
  const auto columns = static_cast<std::int64_t>(functions_.tile_columns);
  panels_ = (width_ + columns - 1) / columns;
  floats_ = panels_ * columns * depth_;
  if (const Tensor* constant = node.constant(input)) {
    packed_ = ctx.weights.get<std::vector<float>>(
        *constant, fmt::format("cpu panels of rows {} {} {} {}", columns, first, width, dims_str(dims_of(shape))),
        std::function<std::shared_ptr<std::vector<float>>()>([&] {
          auto packed = std::make_shared<std::vector<float>>(static_cast<std::size_t>(floats_ * count_));
          pack(constant->view<float>().data(), packed->data(), ctx.parallel);
          return packed;
        }));
  }
}

void Panels::pack(const float* matrices, float* scratch, const Parallel& parallel) const {
  parallel.range(count_ * panels_, 1 + 256 / std::max<std::int64_t>(depth_, 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t matrix = i / panels_;
      functions_.pack(matrices + (matrix * rows_ + first_) * depth_, static_cast<std::size_t>(depth_), true,
                      static_cast<std::size_t>(depth_), static_cast<std::size_t>(width_), static_cast<std::size_t>(i % panels_),
                      scratch + matrix * floats_);
    }
  });
}

void Panels::multiply(const float* scratch, std::int64_t matrix, const float* a, std::int64_t rows, const float* bias, float* y,
                      const Parallel& parallel) const {
  const float* packed = (constant() ? packed_->data() : scratch) + matrix * floats_;
  const std::int64_t blocks = (rows + kRows - 1) / kRows, groups = (panels_ + kPanels - 1) / kPanels;
  const std::int64_t unit_products =
      std::min(kRows, rows) * std::min(kPanels, panels_) * static_cast<std::int64_t>(functions_.tile_columns) * (depth_ + 1);
  parallel.range(blocks * groups, 1 + kPieceProducts / std::max<std::int64_t>(unit_products, 1),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t unit = begin; unit < end; ++unit) {
                     const std::int64_t row = unit / groups * kRows, panel = unit % groups * kPanels;
                     MatMulBlock m;
                     m.a = a + row * depth_;
                     m.packed = packed;
                     m.y = y + row * width_;
                     m.bias = bias;
                     m.rows = static_cast<std::size_t>(std::min(kRows, rows - row));
                     m.depth = m.a_stride = static_cast<std::size_t>(depth_);
                     m.width = static_cast<std::size_t>(width_);
                     functions_.multiply(m, static_cast<std::size_t>(panel),
                                         static_cast<std::size_t>(std::min(panel + kPanels, panels_)));
                   }
                 });
}

}  // namespace onnxrun::cpu
