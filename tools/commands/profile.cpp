// onnx-run profile: where the time goes, as a table by operator and as a Chrome trace (chrome://tracing, ui.perfetto.dev).
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "tools/commands/commands.h"
#include "tools/io/common.h"
#include "tools/io/file.h"
#include "tools/io/inputs.h"

namespace onnxrun::tools {
namespace {

struct Total {
  std::string label;
  std::int64_t calls = 0;
  double us = 0;
};

// Totals by key, the longest first.
std::vector<Total> totals(const Profile& profile, auto key) {
  std::map<std::string, Total> by_key;
  for (const ProfileEvent& e : profile.events) {
    Total& t = by_key[key(e)];
    ++t.calls;
    t.us += e.duration_us;
  }
  std::vector<Total> out;
  for (auto& [label, total] : by_key) {
    total.label = label;
    out.push_back(total);
  }
  std::ranges::sort(out, std::ranges::greater{}, &Total::us);
  return out;
}

void print_totals(const char* head, const std::vector<Total>& list, double runs, std::size_t most) {
  double sum = 0;
  for (const Total& t : list) sum += t.us;
  std::vector<std::vector<std::string>> rows = {{"ms/run", "share", "calls/run", head}};
  for (std::size_t i = 0; i < std::min(list.size(), most); ++i) {
    rows.push_back({fmt::format("{:.3f}", list[i].us / 1000 / runs), fmt::format("{:.1f} %", 100 * list[i].us / sum),
                    fmt::format("{:g}", static_cast<double>(list[i].calls) / runs), list[i].label});
  }
  print_table(rows);
  fmt::print("{:.3f} ms a run in all\n\n", sum / 1000 / runs);
}

std::string chrome_trace(const Profile& profile) {
  Json events = Json::array();
  for (const ProfileEvent& e : profile.events) {
    events.push_back({{"name", e.name.empty() ? e.op : e.name}, {"cat", e.op}, {"ph", "X"}, {"ts", e.start_us}, {"dur", e.duration_us},
                      {"pid", 1}, {"tid", e.thread % 1000000}, {"args", {{"op", e.op}, {"backend", e.backend}, {"kernel", e.kernel}, {"run", e.run}}}});
  }
  return Json{{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}}.dump();
}

}  // namespace

Action add_profile(Arguments app) {
  const auto common = add_common(app);
  const auto input = add_inputs(app);
  const auto trace = std::make_shared<std::string>();
  const auto runs = std::make_shared<int>(10);
  app.add("--batch", input->batch, "Size of a free first dimension").range(1, 1 << 20);
  app.add("--trace", *trace, "Write a Chrome trace").type_name("OUT.json");
  app.add("--runs", *runs, "Runs to measure").range(1, 100000);
  return [common, input, trace, runs] {
    Options options = common->options();
    options.profile = true;
    Session session(model_file(common->model), options);
    const Inputs in = make_inputs(session.inputs(), *input, common->quiet || common->json);
    session.run(in.tensors);  // the first run pays for page faults and code generation
    const std::size_t skipped = session.profile().events.size();
    std::vector<Tensor> outputs(session.outputs().size());
    for (int i = 0; i < *runs; ++i) session.run(in.tensors, outputs);
    Profile profile = session.profile();
    profile.events.erase(profile.events.begin(), profile.events.begin() + static_cast<std::ptrdiff_t>(skipped));
    if (!trace->empty()) write_file(*trace, chrome_trace(profile));
    const auto by_op = totals(profile, [](const ProfileEvent& e) { return fmt::format("{} ({}, {})", e.op, e.backend, e.kernel); });
    if (common->json) {
      Json rows = Json::array();
      for (const Total& t : by_op) rows.push_back({{"operator", t.label}, {"calls", t.calls}, {"ms", t.us / 1000}});
      fmt::print("{}\n", Json{{"model", common->model}, {"runs", *runs}, {"operators", rows}}.dump(2));
      return 0;
    }
    print_totals("operator (backend, kernel)", by_op, *runs, 100);
    print_totals("node", totals(profile, [](const ProfileEvent& e) { return e.op + " " + e.name; }), *runs, 20);
    return 0;
  };
}

}  // namespace onnxrun::tools
