// What onnxrun.QuantConv and onnxrun.QuantMatMul share: products of rows of 8-bit integers with packed weights, and what becomes
// of the sums.
#pragma once

#include "backends/cpu/activation_code.h"
#include "backends/cpu/int8_block.h"
#include "backends/cpu/quantize_code.h"
#include "engine/backend/backend.h"
#include "engine/base/function_ref.h"

namespace onnxrun::cpu {

enum QuantInput { kQuantX, kQuantW, kQuantFactor, kQuantBias, kQuantXScale, kQuantXZero };

// y [rows][groups][width] = act(x [rows][depth of each group] @ w [group][depth][width] * factor + bias), dense.
struct QuantSizes {
  std::int64_t rows = 0, depth = 0, width = 0, groups = 1;
};

class QuantProduct {
 public:
  // `element(group, k, n)` gives a weight.
  QuantProduct(const NodeView& node, PrepareContext& ctx, QuantSizes sizes,
               FunctionRef<std::int16_t(std::int64_t, std::int64_t, std::int64_t)> element);
  // Writes elements [from, to) of the depth of a row, less their zero point, to `a`.
  using Fill = FunctionRef<void(std::int64_t row, std::int64_t group, std::int64_t from, std::int64_t to, std::int16_t* a)>;
  // `y` is the result in the order above: output 0, or memory of its size.
  void run(const KernelArgs& args, void* y, Fill fill) const;
  // x - its zero point.
  void centre(const void* x, std::int64_t n, int zero, std::int16_t* a) const {
    code_.centre(x, static_cast<std::size_t>(n), zero, signed_x_, a);
  }
  int zero_of(const KernelArgs& args) const;

 private:
  using Packed = std::vector<std::vector<std::int16_t>>;  // by group
  struct Unit {
    std::int64_t group, row, rows, column, columns;
  };
  void unit(const KernelArgs& args, const Unit& u, void* y, Fill fill) const;
  void finish(const KernelArgs& args, const Unit& u, const std::int32_t* acc, void* y) const;

  QuantSizes sizes_;
  Int8Functions functions_;
  QuantizeCode code_;
  ActivationCode activation_;
  bool signed_x_, whole_y_, sums_;  // sums_: the result is the sums, i32
  float y_scale_;
  ToByte to_;
  bool cuts_off_;  // the activation, if any, is in to_
  std::shared_ptr<const Packed> packed_;
};

// Empty when the kernels take the node's element types and constants, else why not.
std::string refuse_quant(const NodeView& node);

}  // namespace onnxrun::cpu
