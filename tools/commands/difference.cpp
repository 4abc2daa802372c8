#include "tools/commands/difference.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "tools/io/summary.h"

namespace onnxrun::tools {

namespace {

// A map's keys and values in the order of the keys, for maps have none of their own.
std::vector<Tensor> in_order(const std::vector<Tensor>& map) {
  std::vector<std::size_t> order(static_cast<std::size_t>(map[0].size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (map[0].dtype() == DType::kString) std::ranges::sort(order, {}, [&](std::size_t i) { return map[0].view<std::string>()[i]; });
  else std::ranges::sort(order, {}, [&](std::size_t i) { return element_as_double(map[0], static_cast<std::int64_t>(i)); });
  std::vector<Tensor> sorted;
  for (const Tensor& t : map) {
    Tensor& out = sorted.emplace_back(t.dtype(), t.shape());
    const std::size_t size = dtype_bytes(t.dtype(), 1);
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (t.dtype() == DType::kString) out.view<std::string>()[i] = t.view<std::string>()[order[i]];
      else std::memcpy(static_cast<char*>(out.data()) + i * size, static_cast<const char*>(t.data()) + order[i] * size, size);
    }
  }
  return sorted;
}

// Of lists of the same kind: what all their elements say together.
Difference of_lists(const std::vector<Tensor>& got, const std::vector<Tensor>& want, const Tolerance& tolerance, bool any_type) {
  if (got.size() != want.size()) return {.equal = false, .why = fmt::format("got {} elements, want {}", got.size(), want.size())};
  Difference all;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const Difference d = difference(got[i], want[i], tolerance, any_type);
    if (!d.why.empty() && all.why.empty()) all.why = fmt::format("element {}: {}", i, d.why);
    all.equal = all.equal && d.equal;
    all.wrong += d.wrong;
    all.worst_relative_to_largest = std::max(all.worst_relative_to_largest, d.worst_relative_to_largest);
    all.cosine = std::min(all.cosine, d.cosine);
    if (all.at < 0 || d.worst_absolute > all.worst_absolute) {
      all.worst_absolute = d.worst_absolute, all.at = all.count + d.at, all.got = d.got, all.want = d.want;
    }
    all.count += d.count;
  }
  return all;
}

}  // namespace

Difference difference(const Tensor& got, const Tensor& want, const Tolerance& tolerance, bool any_type) {
  if (got.dtype() == DType::kMap && want.dtype() == DType::kMap && got.list()[0].dtype() == want.list()[0].dtype())
    return of_lists(in_order(got.list()), in_order(want.list()), tolerance, any_type);
  if (is_list(got.dtype()) && got.dtype() == want.dtype()) return of_lists(got.list(), want.list(), tolerance, any_type);
  Difference d;
  const auto is_number = [](DType t) { return t != DType::kString && !is_list(t); };
  const bool numbers = is_number(got.dtype()) && is_number(want.dtype());
  if ((got.dtype() != want.dtype() && !(any_type && numbers)) || got.shape() != want.shape()) {
    return {.equal = false, .why = fmt::format("got {}, want {}", summary_text("", got), summary_text("", want))};
  }
  d.count = want.size();
  if (want.dtype() == DType::kString) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(d.count); ++i) d.wrong += got.view<std::string>()[i] != want.view<std::string>()[i];
    d.equal = d.wrong == 0;
    return d;
  }
  const double least = want.dtype() == DType::kBFloat16 ? tolerance.least_of_bf16 : want.dtype() == DType::kFloat16 ? tolerance.least_of_f16 : 0;
  const double relative = std::max(tolerance.relative, least);
  double largest = 0, dot = 0, got2 = 0, want2 = 0;
  for (std::int64_t i = 0; i < d.count; ++i) {
    const double g = element_as_double(got, i), w = element_as_double(want, i);
    if (std::isfinite(w)) largest = std::max(largest, std::abs(w));
    if (std::isfinite(w) && std::isfinite(g)) dot += g * w, got2 += g * g, want2 += w * w;
    const bool same = g == w || (std::isnan(g) && std::isnan(w));
    const double off = same ? 0 : std::isnan(g - w) ? INFINITY : std::abs(g - w);
    if (!same && !(off <= tolerance.absolute + relative * std::abs(w))) ++d.wrong;
    if (d.at < 0 || off > d.worst_absolute) d.worst_absolute = off, d.at = i, d.got = g, d.want = w;
  }
  d.worst_relative_to_largest = largest > 0 ? d.worst_absolute / largest : d.worst_absolute;
  d.cosine = got2 > 0 && want2 > 0 ? dot / std::sqrt(got2 * want2) : (got2 == want2 ? 1 : 0);
  d.equal = d.wrong == 0;
  return d;
}

Json difference_json(const std::string& name, const Difference& d) {
  const auto number = [](double v) { return std::isfinite(v) ? Json(v) : Json(fmt::format("{}", v)); };
  return {{"name", name}, {"equal", d.equal}, {"elements", d.count}, {"wrong", d.wrong}, {"why", d.why}, {"max_abs", number(d.worst_absolute)},
          {"max_rel_to_largest", number(d.worst_relative_to_largest)}, {"cosine", number(d.cosine)}};
}

std::string difference_text(const std::string& name, const Difference& d) {
  if (!d.why.empty()) return fmt::format("{}: DIFFERS: {}", name, d.why);
  return fmt::format("{}: {}, {} of {} elements beyond tolerance, largest difference {:.3g} ({:.3g} of the largest value) at {}: got {:.6g}, want {:.6g}; cosine {:.6f}",
                     name, d.equal ? "equal" : "DIFFERS", d.wrong, d.count, d.worst_absolute, d.worst_relative_to_largest, d.at, d.got, d.want, d.cosine);
}

}  // namespace onnxrun::tools
