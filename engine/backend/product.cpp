#include "engine/backend/product.h"

#include <algorithm>

namespace onnxrun {
namespace {

// Sizes of a factor as ONNX gives them, transposition undone and vectors made matrices.
Shape factor(Shape s, bool transposed, bool first) {
  if (s.size() == 1) s.insert(first ? s.begin() : s.end(), 1);
  if (transposed) std::swap(s[s.size() - 1], s[s.size() - 2]);
  return s;
}

// Appends a pair of batch sizes, merged into the last one where both broadcast in the same way.
void push_batch(Shape& a, Shape& b, std::int64_t from_a, std::int64_t from_b) {
  if (from_a == 1 && from_b == 1) return;
  if (!a.empty() && (from_a == 1) == (a.back() == 1) && (from_b == 1) == (b.back() == 1)) {
    a.back() *= from_a;
    b.back() *= from_b;
    return;
  }
  a.push_back(from_a);
  b.push_back(from_b);
}

}  // namespace

ProductFactors factors_of(const NodeView& node) {
  const Attributes& attrs = node.attrs();
  return {attrs.i("transA", 0) != 0, attrs.i("transB", 0) != 0, node.op().name == "Gemm" ? attrs.f("alpha") : attrs.f("scale", 1),
          fused_activation(attrs)};
}

bool has_addend(const NodeView& node) { return node.has(kProductAddend) && node.attrs().f("beta", 1) != 0; }

std::string refuse_product(const NodeView& node, int max_rank) {
  if (!node.in(0).ranked() || !node.in(kProductB).ranked()) return "factor of unknown rank";
  if (node.in(0).rank() > max_rank || node.in(kProductB).rank() > max_rank)
    return fmt::format("more than {} dimensions", max_rank);
  for (int i = 0; i < node.inputs(); ++i) {
    if (node.has(i) && node.in(i).layout != Layout::kPlain) return fmt::format("input {} in layout channels_last", i);
  }
  if (const float beta = node.attrs().f("beta", 1); beta != 1 && beta != 0 && node.has(kProductAddend)) {
    return fmt::format("beta {}, want 1 or 0", beta);
  }
  if (has_addend(node) && !node.in(kProductAddend).ranked()) return "addend of unknown rank";
  return {};
}

Product product_of(const NodeView& node, const ProductFactors& f) {
  Shape a = factor(node.in_shape(0), f.trans_a, true), b = factor(node.in_shape(kProductB), f.trans_b, false);
  const std::int64_t m = a[a.size() - 2], k = a.back(), n = b.back();
  a.resize(a.size() - 2);
  b.resize(b.size() - 2);
  a.insert(a.begin(), std::max(a.size(), b.size()) - a.size(), 1);
  b.insert(b.begin(), a.size() - b.size(), 1);
  Product p;
  for (std::size_t i = 0; i < a.size(); ++i) push_batch(p.a, p.b, a[i], b[i]);
  if (p.b == Shape{1} && !f.trans_a) {  // one matrix for all rows of a
    const std::int64_t rows = p.a[0] * m;
    return {{rows, k}, {k, n}, {rows, n}};
  }
  for (std::size_t i = 0; i < p.a.size(); ++i) p.y.push_back(p.a[i] == 1 ? p.b[i] : p.a[i]);
  p.a.insert(p.a.end(), {m, k});
  p.b.insert(p.b.end(), {k, n});
  p.y.insert(p.y.end(), {m, n});
  return p;
}

Shape addend_sizes(const NodeView& node, const Product& p) {
  Shape s = node.in_shape(kProductAddend);
  s.insert(s.begin(), p.y.size() - s.size(), 1);
  return s;
}

Degenerate rest_of(const NodeView& node, const Product& p, const ProductFactors& f) {
  Degenerate d{.residual = kProductResidual, .activation = f.activation};
  if (has_addend(node)) {
    const Shape s = addend_sizes(node, p);
    const bool by_row = s[s.size() - 2] != 1, by_column = s.back() != 1;
    (by_row && by_column ? d.residual : d.bias) = kProductAddend;
    d.channels = by_row ? p.m() : by_column ? p.n() : 1;
    d.inner = by_row ? p.n() : 1;
  }
  return d;
}

}  // namespace onnxrun
