// MatMul, Gemm and onnxrun.FusedMatMul as one: y = act(scale * a @ b + addend + residual), its sizes broadcast and its batches
// merged.
#pragma once

#include "engine/backend/degenerate.h"

namespace onnxrun {

// Inputs of the three operators: input 2 is the bias of FusedMatMul and Gemm's C.
constexpr int kProductB = 1, kProductAddend = 2, kProductResidual = 3;

struct ProductFactors {
  bool trans_a = false, trans_b = false;
  float scale = 1;
  ActivationSpec activation;
};
ProductFactors factors_of(const NodeView& node);

// Gemm's C counts unless beta is 0.
bool has_addend(const NodeView& node);

// Why a backend for plain factors of up to `max_rank` dimensions can't take the node; empty when it can.
std::string refuse_product(const NodeView& node, int max_rank);

// Sizes [batch..., M, K] x [batch..., K, N] = [batch..., M, N], the batch sizes broadcast (equal, or 1 in one of the two), as few
// as will do; none where one b serves all rows of a.
struct Product {
  Shape a, b, y;
  std::int64_t m() const { return y[y.size() - 2]; }
  std::int64_t n() const { return y.back(); }
  std::int64_t k() const { return a.back(); }
};
Product product_of(const NodeView& node, const ProductFactors& factors);

// Sizes of the addend, of any shape that broadcasts to [M, N], with as many dimensions as y.
Shape addend_sizes(const NodeView& node, const Product& product);

// What is left to do once a @ b is there; the scale aside.
Degenerate rest_of(const NodeView& node, const Product& product, const ProductFactors& factors);

}  // namespace onnxrun
