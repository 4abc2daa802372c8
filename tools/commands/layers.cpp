#include "tools/commands/layers.h"

#include <fmt/core.h>

#include <algorithm>

namespace onnxrun::tools {

Layers compare_layers(Session& session, Session& expected, std::span<const Tensor> inputs, const Tolerance& tolerance) {
  std::map<std::string, std::vector<Tensor>> wanted;  // a value inside a loop is made several times
  RunOptions keep;
  keep.watch = [&](const WatchedValue& v) { wanted[std::string(v.name)].push_back(v.value); };
  expected.run(inputs, keep);

  Layers out;
  std::map<std::string, std::size_t> turns;
  RunOptions compare;
  compare.watch = [&](const WatchedValue& v) {
    const std::string name(v.name);
    const auto at = wanted.find(name);
    const std::size_t turn = turns[name]++;
    if (at == wanted.end() || turn >= at->second.size()) {
      ++out.only_first;
      return;
    }
    out.both.push_back({name, std::string(v.node), v.op, difference(v.value, at->second[turn], tolerance, true)});
  };
  session.run(inputs, compare);
  return out;
}

void print_layers(const Layers& layers, bool quiet) {
  const auto first = std::ranges::find_if(layers.both, [](const Layer& l) { return !l.difference.equal; });
  if (!quiet) {
    std::vector<std::vector<std::string>> rows{{"value", "made by", "largest difference", "of largest", "cosine", ""}};
    for (const Layer& l : layers.both) {
      const Difference& d = l.difference;
      rows.push_back({l.value, l.op, d.why.empty() ? fmt::format("{:.3g}", d.worst_absolute) : d.why,
                      fmt::format("{:.3g}", d.worst_relative_to_largest), fmt::format("{:.6f}", d.cosine), d.equal ? "" : "DIFFERS"});
    }
    print_table(rows);
    fmt::print("{} values compared; {} more are made on one side only\n", layers.both.size(), layers.only_first);
  }
  if (first == layers.both.end()) return;
  fmt::print("first value that differs: {} ({} {})\n", first->value, first->op, first->node);
}

Json layers_json(const Layers& layers) {
  Json rows = Json::array();
  for (const Layer& l : layers.both) {
    Json row = difference_json(l.value, l.difference);
    row["node"] = l.node;
    row["op"] = l.op;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace onnxrun::tools
