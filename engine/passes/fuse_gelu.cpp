// Gelu that an exporter wrote out becomes one node.
//   0.5 * x * (1 + Erf(x / sqrt(2)))                             ->  Gelu(x)
//   0.5 * x * (1 + Tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))    ->  Gelu(x) {approximate = "tanh"}
// in every order and association: what is compared is the polynomial in x and the gate, Erf or Tanh.
// Not when the result between gate and product is read by somebody else, or when a constant is off by more than 0.2 %.
#include <cmath>
#include <map>
#include <numbers>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// Exponents of x and of the gate -> coefficient.
using Polynomial = std::map<std::pair<int, int>, double>;
constexpr int kMaxDegree = 4;
constexpr int kMaxDepth = 8;

Polynomial scaled(Polynomial p, double factor) {
  for (auto& [powers, c] : p) c *= factor;
  return p;
}

Polynomial sum(Polynomial a, const Polynomial& b) {
  for (const auto& [powers, c] : b) a[powers] += c;
  return a;
}

std::optional<Polynomial> product(const Polynomial& a, const Polynomial& b) {
  Polynomial out;
  for (const auto& [p, c] : a) {
    for (const auto& [q, d] : b) {
      if (p.first + q.first > kMaxDegree || p.second + q.second > 1) return std::nullopt;
      out[{p.first + q.first, p.second + q.second}] += c * d;
    }
  }
  return out;
}

// `v` as a polynomial in x and the gate; nullopt when it is none.
std::optional<Polynomial> polynomial(const Graph& g, ValueId v, ValueId x, ValueId gate, int depth = 0) {
  if (v == x) return Polynomial{{{1, 0}, 1.0}};
  if (v == gate) return Polynomial{{{0, 1}, 1.0}};
  if (const auto c = scalar(g, v)) return Polynomial{{{0, 0}, *c}};
  const Node* n = g.producer(v);
  if (n == nullptr || n->op->domain != kOnnx || depth == kMaxDepth) return std::nullopt;
  const std::string_view op = n->op->name;
  if (op != "Add" && op != "Sub" && op != "Mul" && op != "Div" && op != "Pow" && op != "Neg") return std::nullopt;
  const auto a = polynomial(g, n->inputs[0], x, gate, depth + 1);
  if (!a) return std::nullopt;
  if (op == "Neg") return scaled(*a, -1);
  if (op == "Div" || op == "Pow") {
    const auto c = scalar(g, n->inputs[1]);
    if (!c) return std::nullopt;
    if (op == "Div") return *c == 0 ? std::nullopt : std::optional(scaled(*a, 1 / *c));
    if (*c != 2 && *c != 3) return std::nullopt;
    const auto square = product(*a, *a);
    return square && *c == 3 ? product(*square, *a) : square;
  }
  const auto b = polynomial(g, n->inputs[1], x, gate, depth + 1);
  if (!b) return std::nullopt;
  if (op == "Mul") return product(*a, *b);
  return sum(*a, op == "Sub" ? scaled(*b, -1) : *b);
}

bool about(double got, double want) { return std::abs(got - want) <= 2e-3 * std::abs(want) + 1e-9; }

bool equals(const std::optional<Polynomial>& got, const Polynomial& want) {
  if (!got) return false;
  for (const auto& [powers, c] : *got) {
    const auto at = want.find(powers);
    if (!about(c, at == want.end() ? 0 : at->second)) return false;
  }
  return std::ranges::all_of(want, [&](const auto& term) { return got->contains(term.first); });
}

// What Gelu's attribute `approximate` is when the gate is of this polynomial in x; nullopt: it isn't Gelu's.
std::optional<const char*> approximation(const Node& gate, const std::optional<Polynomial>& argument) {
  if (is_op(gate, "Erf")) return equals(argument, {{{1, 0}, std::sqrt(0.5)}}) ? std::optional<const char*>("none") : std::nullopt;
  const double k = std::sqrt(2 / std::numbers::pi);
  return equals(argument, {{{1, 0}, k}, {{3, 0}, 0.044715 * k}}) ? std::optional<const char*>("tanh") : std::nullopt;
}

// What the argument of a gate may be a polynomial in: itself, and what it is computed from by arithmetic.
void collect_candidates(const Graph& g, ValueId v, int depth, std::vector<ValueId>& out) {
  if (scalar(g, v) || depth > kMaxDepth || std::ranges::find(out, v) != out.end()) return;
  out.push_back(v);
  const Node* n = g.producer(v);
  if (n == nullptr || !(is_op(*n, "Add") || is_op(*n, "Mul") || is_op(*n, "Div") || is_op(*n, "Pow"))) return;
  for (const ValueId in : n->inputs) collect_candidates(g, in, depth + 1, out);
}

// The value downstream of the gate that is 0.5 * x * (1 + gate), or kNone.
ValueId find_whole(const Graph& g, ValueId gate, ValueId x) {
  ValueId v = gate;
  for (int step = 0; step < kMaxDepth; ++step) {
    const NodeId user = g.sole_user(v);
    if (user == NodeId::kNone) return ValueId::kNone;
    v = output(g, user);
    const auto p = polynomial(g, v, x, gate);
    if (!p) return ValueId::kNone;
    if (equals(p, {{{1, 0}, 0.5}, {{1, 1}, 0.5}})) return v;
  }
  return ValueId::kNone;
}

struct Match {
  ValueId x, whole;
  std::string approximate;
};

std::optional<Match> match(const Graph& g, NodeId gate) {
  if (!is_op(g, gate, "Erf") && !is_op(g, gate, "Tanh")) return std::nullopt;
  std::vector<ValueId> candidates;
  collect_candidates(g, input(g, gate, 0), 0, candidates);
  for (const ValueId x : candidates) {
    const auto approximate = approximation(g.node(gate), polynomial(g, input(g, gate, 0), x, ValueId::kNone));
    if (!approximate) continue;
    const ValueId whole = find_whole(g, output(g, gate), x);
    if (whole != ValueId::kNone && is_float(g, x) && same_shape(g, x, whole)) return Match{x, whole, *approximate};
  }
  return std::nullopt;
}

}  // namespace

bool fuse_gelu(Graph& g, const PassContext&) {
  bool changed = false;
  for (const NodeId id : g.topological_order()) {
    const auto found = match(g, id);
    if (!found) continue;
    const std::string name = g.producer(found->whole)->name;
    replace(g, found->whole, build(g, "Gelu", {found->x}, {{"approximate", found->approximate}}, name));
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
