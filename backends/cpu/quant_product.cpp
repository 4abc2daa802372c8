// A unit of work is kRows rows and kColumns columns: its rows are widened to 16 bits, kDepth elements at a time, and its sums
// stay on the stack. Units don't depend on the number of threads.
#include "backends/cpu/quant_product.h"

#include <algorithm>

namespace onnxrun::cpu {
namespace {

constexpr std::int64_t kRows = 48, kColumns = 128, kDepth = 512;
constexpr std::int64_t kWork = 32768;  // multiplications that are worth another thread

bool is_byte(DType d) { return d == DType::kUInt8 || d == DType::kInt8; }

ToByte to_byte(const NodeView& node) {
  const int zero = static_cast<int>(node.attrs().i("y_zero"));
  const bool is_signed = node.out(0).dtype == DType::kInt8;
  const int low = is_signed ? -128 : 0;
  return {1 / node.attrs().f("y_scale"), static_cast<float>(low - zero), static_cast<float>(low + 255 - zero), zero, is_signed};
}

// Draws the bounds in by a Relu or Clip; false for other activations.
bool add_cut_off(const NodeView& node, ToByte& to) {
  const std::string name = node.attrs().s("activation", "");
  if (name.empty()) return true;
  if (name != "Relu" && name != "Clip") return false;
  const bool clip = name == "Clip";
  to.low = std::min(std::max(to.low, clip ? node.attrs().f("act_alpha") * to.inverse : 0.0f), to.high);
  if (clip) to.high = std::max(std::min(to.high, node.attrs().f("act_beta") * to.inverse), to.low);
  return true;
}

}  // namespace

QuantProduct::QuantProduct(const NodeView& node, PrepareContext& ctx, QuantSizes sizes,
                           FunctionRef<std::int16_t(std::int64_t, std::int64_t, std::int64_t)> element)
    : sizes_(sizes),
      functions_(int8_functions()),
      code_(quantize_code()),
      activation_(activation_code(node)),
      signed_x_(node.in(kQuantX).dtype == DType::kInt8),
      whole_y_(is_byte(node.out(0).dtype)),
      sums_(node.out(0).dtype == DType::kInt32),
      y_scale_(node.attrs().f("y_scale")),
      to_(to_byte(node)),
      cuts_off_(add_cut_off(node, to_)) {
  const std::string key = fmt::format("cpu int8 panels {} {} {} {}", functions_.columns, sizes.groups, sizes.depth, sizes.width);
  packed_ = ctx.weights.get<Packed>(*node.constant(kQuantW), key, std::function<std::shared_ptr<Packed>()>([&] {
    auto packed = std::make_shared<Packed>(static_cast<std::size_t>(sizes.groups));
    ctx.parallel.range(sizes.groups, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t g = begin; g < end; ++g) {
        (*packed)[static_cast<std::size_t>(g)] = pack_int8(
            static_cast<std::size_t>(sizes.depth), static_cast<std::size_t>(sizes.width),
            [&](std::size_t k, std::size_t n) { return element(g, static_cast<std::int64_t>(k), static_cast<std::int64_t>(n)); });
      }
    });
    return packed;
  }));
}

int QuantProduct::zero_of(const KernelArgs& args) const {
  if (args.inputs.size() <= kQuantXZero || args.inputs[kQuantXZero].data == nullptr) return 0;
  const TensorView& zero = args.inputs[kQuantXZero];
  return signed_x_ ? *zero.as<const std::int8_t>() : *zero.as<const std::uint8_t>();
}

void QuantProduct::run(const KernelArgs& args, void* y, Fill fill) const {
  const std::int64_t row_blocks = (sizes_.rows + kRows - 1) / kRows, column_blocks = (sizes_.width + kColumns - 1) / kColumns;
  const std::int64_t work =
      std::min(kRows, sizes_.rows) * std::min(kColumns, sizes_.width) * std::max<std::int64_t>(sizes_.depth, 1);
  args.parallel.range(row_blocks * sizes_.groups * column_blocks, 1 + kWork / std::max<std::int64_t>(work, 1),
                      [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t i = begin; i < end; ++i) {
                          const std::int64_t row = i / column_blocks / sizes_.groups * kRows,
                                             column = i % column_blocks * kColumns;
                          unit(args,
                               {i / column_blocks % sizes_.groups, row, std::min(kRows, sizes_.rows - row), column,
                                std::min(kColumns, sizes_.width - column)},
                               y, fill);
                        }
                      });
}

void QuantProduct::unit(const KernelArgs& args, const Unit& u, void* y, Fill fill) const {
  alignas(64) std::int16_t a[kRows * kDepth];
  alignas(64) std::int32_t acc[kRows * kColumns];
  const std::vector<std::int16_t>& packed = (*packed_)[static_cast<std::size_t>(u.group)];
  const auto columns = static_cast<std::int64_t>(functions_.columns), pairs = (sizes_.depth + 1) / 2;
  if (sizes_.depth == 0) std::fill_n(acc, kRows * kColumns, 0);
  for (std::int64_t k = 0; k < sizes_.depth; k += kDepth) {
    const std::int64_t here = std::min(kDepth, sizes_.depth - k);
    for (std::int64_t r = 0; r < u.rows; ++r) {
      fill(u.row + r, u.group, k, k + here, a + r * kDepth);
      if (here % 2 != 0) a[r * kDepth + here] = 0;
    }
    for (std::int64_t c = 0; c < u.columns; c += columns) {
      const std::int16_t* panel = packed.data() + ((u.column + c) / columns * pairs + k / 2) * columns * 2;
      functions_.multiply(a, static_cast<std::size_t>(u.rows), kDepth, panel, static_cast<std::size_t>((here + 1) / 2), k == 0,
                          acc + c, kColumns);
    }
  }
  finish(args, u, acc, y);
}

void QuantProduct::finish(const KernelArgs& args, const Unit& u, const std::int32_t* acc, void* y) const {
  alignas(64) float row[kColumns];
  const auto n = static_cast<std::size_t>(u.columns);
  const std::int64_t channel = u.group * sizes_.width + u.column;
  const auto input = [&](std::size_t i) { return i < args.inputs.size() ? args.inputs[i].as<const float>() : nullptr; };
  const float* bias = input(kQuantBias);
  const float scale = input(kQuantXScale) == nullptr ? 1.0f : *input(kQuantXScale);
  const float* factor = input(kQuantFactor) + channel;
  if (bias != nullptr) bias += channel;
  for (std::int64_t r = 0; r < u.rows; ++r, acc += kColumns) {
    const std::int64_t at = (u.row + r) * sizes_.groups * sizes_.width + channel;
    if (sums_) {
      std::copy_n(acc, n, static_cast<std::int32_t*>(y) + at);
      continue;
    }
    void* const bytes = static_cast<std::uint8_t*>(y) + at;
    if (whole_y_ && cuts_off_) {
      functions_.requantize(acc, n, scale, factor, bias, to_, bytes);
      continue;
    }
    float* to = whole_y_ ? row : static_cast<float*>(y) + at;
    functions_.rescale(acc, n, scale, factor, bias, to);
    if (activation_.op != nullptr) activation_.op(to, nullptr, nullptr, activation_.p, activation_.q, to, n);
    if (whole_y_) code_.quantize(row, n, y_scale_, to_.zero, to_.is_signed, bytes);
  }
}

std::string refuse_quant(const NodeView& node) {
  if (!node.in(kQuantX).ranked()) return "input of unknown rank";
  if (node.constant(kQuantW) == nullptr) return "weights that are not constant";
  return {};
}

}  // namespace onnxrun::cpu
