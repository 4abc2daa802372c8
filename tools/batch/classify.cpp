#include <algorithm>
#include <cmath>
#include <numeric>

#include "tools/batch/task.h"

namespace onnxrun::tools {
namespace {

// Values that already are a distribution are left alone; logits become one.
std::vector<double> probabilities(std::span<const float> row, bool multi_label) {
  std::vector<double> p(row.begin(), row.end());
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  const bool in_range = std::ranges::all_of(p, [](double v) { return v >= 0 && v <= 1; });
  if (in_range && (multi_label || std::abs(sum - 1) < 1e-3)) return p;
  if (multi_label) {
    for (double& v : p) v = 1 / (1 + std::exp(-v));
    return p;
  }
  const double largest = *std::ranges::max_element(p);
  double total = 0;
  for (double& v : p) total += v = std::exp(v - largest);
  for (double& v : p) v /= total;
  return p;
}

double rounded(double v) { return std::round(v * 1e6) / 1e6; }

}  // namespace

Json classify(std::span<const float> row, const ModelDirectory& folder, const TaskOptions& options) {
  if (row.empty()) return {{options.label_key, nullptr}};
  const std::vector<double> p = probabilities(row, folder.multi_label);
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t count = std::min(order.size(), static_cast<std::size_t>(std::max(options.top, 1)));
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count), [&](std::size_t a, std::size_t b) { return p[a] != p[b] ? p[a] > p[b] : a < b; });
  const auto entry = [&](std::size_t i) { return Json{{options.label_key, folder.label(static_cast<std::int64_t>(i))}, {"score", rounded(p[i])}}; };
  Json out = entry(order[0]);
  if (options.top > 1) {
    out["top"] = Json::array();
    for (std::size_t k = 0; k < count; ++k) out["top"].push_back(entry(order[k]));
  }
  return out;
}

}  // namespace onnxrun::tools
