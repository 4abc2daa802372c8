#include "engine/passes/mask_function.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/passes/match.h"

namespace onnxrun {
namespace {

constexpr int kMostSteps = 32;  // from a mask to its form: models have ten at most
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

bool is_signed(DType t) { return t == DType::kInt64 || t == DType::kInt32 || t == DType::kInt16 || t == DType::kInt8; }
bool is_floating(DType t) { return t == DType::kFloat32 || t == DType::kFloat16 || t == DType::kBFloat16 || t == DType::kFloat64; }

// A number as this type holds it; NaN where that can't be told.
double converted(double x, DType to) {
  if (to == DType::kBool) return x != 0 ? 1 : 0;
  if (is_signed(to)) return std::abs(x) < 100 ? std::trunc(x) : std::nan("");
  return is_floating(to) ? x : std::nan("");
}

// The operator's result for these numbers; NaN for operators that aren't among these.
double apply(std::string_view op, std::span<const double> x, DType to) {
  if (op == "Cast") return converted(x[0], to);
  if (op == "Not") return x[0] == 0 ? 1 : 0;
  if (op == "Where") return x[0] != 0 ? x[1] : x[2];
  if (op == "Add") return converted(x[0] + x[1], to);
  if (op == "Sub") return converted(x[0] - x[1], to);
  if (op == "Mul") return converted(x[0] * x[1], to);
  if (op == "Equal") return x[0] == x[1] ? 1 : 0;
  if (op == "Less") return x[0] < x[1] ? 1 : 0;
  if (op == "Greater") return x[0] > x[1] ? 1 : 0;
  return std::nan("");
}

// Where dimension `of` of `from` is in `to`, which is `from` with dimensions of 1 put in or left out, but for the two that are kept.
std::size_t after_reshape(const Dims& from, const Dims& to, const MaskFunction& f, std::size_t of) {
  std::size_t i = 0, at = kNone;
  for (std::size_t o = 0; o < to.size(); ++o) {
    while (i < from.size() && from[i] != to[o] && from[i].is(1) && i != f.item && i != f.token) ++i;
    if (i < from.size() && from[i] == to[o]) {
      if (i == of) at = o;
      ++i;
    } else if (!to[o].is(1)) {
      return kNone;
    }
  }
  while (i < from.size() && from[i].is(1) && i != f.item && i != f.token) ++i;
  return i == from.size() ? at : kNone;
}

std::size_t after_unsqueeze(const std::vector<std::int64_t>& axes, std::size_t rank, std::size_t of) {
  for (std::size_t o = 0, i = 0; o < rank; ++o) {
    const auto axis = static_cast<std::int64_t>(o);
    const bool added = std::ranges::any_of(axes, [&](std::int64_t a) { return a == axis || a + static_cast<std::int64_t>(rank) == axis; });
    if (!added && i++ == of) return o;
  }
  return kNone;
}

}  // namespace

std::optional<MaskFunction> MaskFunctions::find(ValueId v, int depth) {
  if (v == ValueId::kNone || depth > kMostSteps || !has_rank(graph_, v)) return std::nullopt;
  const Node* n = graph_.producer(v);
  if (n == nullptr) {
    const DType t = graph_.value(v).type.dtype;
    const bool numbers = is_floating(t) || is_signed(t) || t == DType::kUInt8 || t == DType::kBool;
    if (!numbers || dims(graph_, v).size() != 2 || !graph_.is_input(v)) return std::nullopt;
    return MaskFunction{v, 0, 1, 0, 1};
  }
  if (const auto known = found_.find(v); known != found_.end()) return known->second;
  auto f = output(*n) == v ? follow(*n, v, depth) : std::nullopt;
  if (f) {
    const Dims &to = dims(graph_, v), &mask = dims(graph_, f->mask);
    const bool there = f->item < to.size() && f->token < to.size() && to[f->item] == mask[0] && to[f->token] == mask[1];
    if (!there || std::isnan(f->of_zero) || std::isnan(f->of_one)) f.reset();
  }
  return found_[v] = f;
}

std::optional<MaskFunction> MaskFunctions::follow(const Node& n, ValueId v, int depth) {
  if (n.op->domain != kOnnx) return std::nullopt;
  if (n.op->name != "Unsqueeze" && n.op->name != "Reshape" && n.op->name != "Expand") return elementwise(n, depth);
  auto f = find(n.inputs[0], depth + 1);
  if (!f) return f;
  const Dims &from = dims(graph_, n.inputs[0]), &to = dims(graph_, v);
  const MaskFunction before = *f;
  for (const auto& [old, now] : {std::pair{before.item, &f->item}, std::pair{before.token, &f->token}}) {
    if (n.op->name == "Reshape") {
      *now = after_reshape(from, to, before, old);
    } else if (n.op->name == "Expand") {
      *now = old + to.size() - from.size();
    } else {
      const auto axes = known_ints(graph_, input(n, 1));
      *now = axes ? after_unsqueeze(*axes, to.size(), old) : kNone;
    }
  }
  return f;
}

std::optional<MaskFunction> MaskFunctions::elementwise(const Node& n, int depth) {
  const auto rank = dims(graph_, n.outputs[0]).size();
  const DType to = graph_.value(n.outputs[0]).type.dtype;
  std::array<double, 3> of_zero{}, of_one{};
  if (n.inputs.empty() || n.inputs.size() > of_zero.size()) return std::nullopt;
  std::optional<MaskFunction> all;
  for (std::size_t i = 0; i < n.inputs.size(); ++i) {
    if (const auto number = scalar(graph_, n.inputs[i])) {
      of_zero[i] = of_one[i] = *number;
      continue;
    }
    const auto f = find(n.inputs[i], depth + 1);
    if (!f || dims(graph_, n.inputs[i]).size() != rank) return std::nullopt;
    if (all && (f->mask != all->mask || f->item != all->item || f->token != all->token)) return std::nullopt;
    all = f;
    of_zero[i] = f->of_zero;
    of_one[i] = f->of_one;
  }
  if (!all) return all;
  all->of_zero = apply(n.op->name, {of_zero.data(), n.inputs.size()}, to);
  all->of_one = apply(n.op->name, {of_one.data(), n.inputs.size()}, to);
  return all;
}

}  // namespace onnxrun
