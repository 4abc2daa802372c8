#include "tools/commands/cases.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "onnxrun/error.h"
#include "onnxrun/session.h"
#include "tools/commands/recorded.h"

namespace onnxrun::tools {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> find_cases(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) throw Error(ErrorCode::kUsage, fmt::format("--cases {}: no such directory", folder.string()));
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() == "model.onnx") found.push_back(entry.path().parent_path());
  }
  if (found.empty()) throw Error(ErrorCode::kUsage, fmt::format("--cases {}: no folder below it has a model.onnx", folder.string()));
  std::ranges::sort(found);
  return found;
}

Tolerance tolerance_of(const fs::path& folder, Tolerance tolerance) {
  std::ifstream file(folder / "case.json");
  if (!file) return tolerance;
  const Json json = Json::parse(file);
  tolerance.relative = json.value("rtol", tolerance.relative);
  tolerance.absolute = json.value("atol", tolerance.absolute);
  tolerance.least_of_bf16 = 0x1p-6;  // two steps, whatever the case says: so does ONNX's own runner
#if defined(__aarch64__)
  tolerance.least_of_f16 = 0x1p-9;  // two steps, where there are kernels whose sums are f16
#endif
  return tolerance;
}

void run_case(const fs::path& folder, const CommonOptions& common, const Tolerance& tolerance, CaseResult& result) {
  Options options = common.options();
  options.threads = 1;
  Session session(folder / "model.onnx", options);
  for (const fs::path& set : data_sets(folder)) {
    for (const auto& [name, d] : against_recorded(session, set, tolerance)) {
      if (!d.equal) throw Error(ErrorCode::kMismatch, difference_text(name, d));
    }
    ++result.data_sets;
  }
}

}  // namespace

std::vector<CaseResult> run_cases(const fs::path& folder, const CommonOptions& common, const Tolerance& tolerance, int jobs) {
  const std::vector<fs::path> cases = find_cases(folder);
  std::vector<CaseResult> results(cases.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < cases.size(); i = next++) {
      results[i].name = fs::relative(cases[i], folder).string();
      try {
        run_case(cases[i], common, tolerance_of(cases[i], tolerance), results[i]);
        results[i].passed = true;
      } catch (const std::exception& e) {
        results[i].why = e.what();
        std::ranges::replace(results[i].why, '\n', ' ');
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& t : threads) t.join();
  return results;
}

bool report_cases(const std::vector<CaseResult>& results, const CommonOptions& common) {
  const auto passed = std::ranges::count_if(results, &CaseResult::passed);
  if (common.json) {
    Json rows = Json::array();
    for (const CaseResult& r : results) rows.push_back({{"name", r.name}, {"passed", r.passed}, {"data_sets", r.data_sets}, {"why", r.why}});
    fmt::print("{}\n", Json{{"cases", results.size()}, {"passed", passed}, {"results", rows}}.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    for (const CaseResult& r : results) {
      if (!r.passed) fmt::print("FAILED {}: {}\n", r.name, r.why);
    }
    fmt::print("{} of {} cases passed\n", passed, results.size());
  }
  return passed == static_cast<std::ptrdiff_t>(results.size());
}

}  // namespace onnxrun::tools
