// Recorded test data in the ONNX project's form: test_data_set_N with input_N.pb and output_N.pb.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "onnxrun/session.h"
#include "tools/commands/difference.h"

namespace onnxrun::tools {

using Differences = std::vector<std::pair<std::string, Difference>>;  // by output

// Every test_data_set_N below `folder`, or the folder itself when it has none. Throws Error(kUsage) when there is no such folder.
std::vector<std::filesystem::path> data_sets(const std::filesystem::path& folder);

// The inputs of one data set; what it doesn't give is made from the seed and said so unless `quiet`.
std::vector<Tensor> recorded_inputs(const Session& session, const std::filesystem::path& set, bool quiet);

// Runs the session on `set` and compares with its outputs. Throws Error(kUsage) when it records none.
Differences against_recorded(Session& session, const std::filesystem::path& set, const Tolerance& tolerance, bool quiet = true);

}  // namespace onnxrun::tools
