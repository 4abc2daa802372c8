// onnx-run compare --cases: a folder of test cases in the ONNX project's own form, each with its recorded data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/commands/difference.h"

namespace onnxrun::tools {

// A case is a folder with model.onnx, test_data_set_N/{input,output}_N.pb and, where the defaults don't hold, case.json
// {"rtol": 1e-3, "atol": 1e-7}.
struct CaseResult {
  std::string name;  // relative to the folder of cases
  bool passed = false;
  int data_sets = 0;
  std::string why;   // of a failure, one line
};

// All cases below `folder`, ordered by name, `jobs` at a time, each on one thread. Whatever a case does wrong is its result. Throws
// Error(kUsage) when there is no case.
std::vector<CaseResult> run_cases(const std::filesystem::path& folder, const CommonOptions& common, const Tolerance& tolerance, int jobs);

// Failures, one line each, then the count; or all of it as JSON. Returns whether all passed.
bool report_cases(const std::vector<CaseResult>& results, const CommonOptions& common);

}  // namespace onnxrun::tools
