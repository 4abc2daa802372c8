// Unique: the distinct elements, or the distinct slices along `axis`; sorted, or in order of first occurrence. Further outputs:
// where each occurs first, which of them each element is, how often each occurs.
// Versions: types only.
#include <algorithm>
#include <functional>
#include <numeric>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/axes.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  const Dim count = ctx.fresh();
  if (!ctx.attrs().has("axis")) {
    ctx.set(0, ctx.dtype(0), Dims{count});
  } else if (!ctx.has_shape(0)) {
    ctx.set(0, ctx.dtype(0), std::nullopt);
  } else {
    Dims dims = ctx.shape(0);
    dims[static_cast<std::size_t>(normalize_axis(ctx.attrs().i("axis"), ctx.rank(0)))] = count;
    ctx.set(0, ctx.dtype(0), std::move(dims));
  }
  ctx.set(1, DType::kInt64, Dims{count});
  if (!ctx.attrs().has("axis")) {
    ctx.set(2, DType::kInt64, Dims{ctx.has_shape(0) ? dims_product(ctx.shape(0)) : ctx.fresh()});
  } else {
    const bool known = ctx.has_shape(0);
    ctx.set(2, DType::kInt64, Dims{known ? ctx.shape(0)[static_cast<std::size_t>(normalize_axis(ctx.attrs().i("axis"), ctx.rank(0)))] : ctx.fresh()});
  }
  ctx.set(3, DType::kInt64, Dims{count});
}

// -1, 0, 1; a NaN is equal to another and larger than any number.
template <class T>
int compare(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>) {
    const int real = compare(a.real(), b.real());
    return real != 0 ? real : compare(a.imag(), b.imag());
  } else if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
    return compare(static_cast<float>(a), static_cast<float>(b));
  } else {
    if (a < b) return -1;
    if (b < a) return 1;
    return (a != a) - (b != b);
  }
}

using UniqueTypes = decltype(join(NumberAndBoolTypes{}, TypeList<std::string, std::complex<float>, std::complex<double>>{}));

struct Groups {
  std::vector<std::int64_t> first, inverse, counts;
};

// Slices 0 to n - 1, told apart by `compare_slices(a, b)`: below 0, 0 or above 0.
Groups group(std::int64_t n, bool sorted, const std::function<int(std::int64_t, std::int64_t)>& compare_slices) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return compare_slices(a, b) < 0; });
  Groups g;
  g.inverse.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || compare_slices(order[i - 1], order[i]) != 0) {
      g.first.push_back(order[i]);
      g.counts.push_back(0);
    }
    ++g.counts.back();
    g.inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(g.first.size()) - 1;
  }
  if (sorted) return g;
  std::vector<std::int64_t> by_first(g.first.size()), place(g.first.size());
  std::iota(by_first.begin(), by_first.end(), 0);
  std::ranges::sort(by_first, {}, [&](std::int64_t i) { return g.first[static_cast<std::size_t>(i)]; });
  Groups out{{}, g.inverse, {}};
  for (std::size_t i = 0; i < by_first.size(); ++i) {
    const auto old = static_cast<std::size_t>(by_first[i]);
    out.first.push_back(g.first[old]);
    out.counts.push_back(g.counts[old]);
    place[old] = static_cast<std::int64_t>(i);
  }
  for (std::int64_t& i : out.inverse) i = place[static_cast<std::size_t>(i)];
  return out;
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const bool flat = !ctx.attrs().has("axis");
  const int axis = flat ? 0 : normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size()));
  const AxisSplit s = flat ? AxisSplit{1, ctx.in(0).size, 1} : split_at(shape, axis);
  dispatch(ctx.in(0).dtype, UniqueTypes{}, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    const auto at = [&](std::int64_t o, std::int64_t k, std::int64_t i) { return (o * s.axis + k) * s.inner + i; };
    const Groups g = group(s.axis, ctx.attrs().i("sorted") != 0, [&](std::int64_t a, std::int64_t b) {
      for (std::int64_t o = 0; o < s.outer; ++o) {
        for (std::int64_t i = 0; i < s.inner; ++i) {
          if (const int c = compare<T>(load(x, at(o, a, i)), load(x, at(o, b, i))); c != 0) return c;
        }
      }
      return 0;
    });
    Shape out(shape.begin(), shape.end());
    if (flat) out.assign(1, 0);
    out[static_cast<std::size_t>(axis)] = static_cast<std::int64_t>(g.first.size());
    if (ctx.wants(0)) {
      T* y = ctx.allocate(0, out).template as<T>();
      for (std::int64_t o = 0; o < s.outer; ++o) {
        for (const std::int64_t k : g.first) {
          for (std::int64_t i = 0; i < s.inner; ++i) *y++ = load(x, at(o, k, i));
        }
      }
    }
    const std::vector<std::int64_t>* lists[] = {&g.first, &g.inverse, &g.counts};
    for (int i = 1; i < 4; ++i) {
      if (!ctx.wants(i)) continue;
      const std::int64_t count[] = {static_cast<std::int64_t>(lists[i - 1]->size())};
      std::ranges::copy(*lists[i - 1], ctx.allocate(i, count).template as<std::int64_t>());
    }
  });
}

}  // namespace

std::span<const OpDef> unique_ops() {
  static const OpDef defs[] = {
      {.name = "Unique", .versions = {11, 28}, .outputs = {1, 4}, .attributes = {{"axis", {}}, {"sorted", std::int64_t{1}}},
       .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
