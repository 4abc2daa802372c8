#include "tools/commands/recorded.h"

#include <fmt/core.h>

#include <algorithm>

#include "onnxrun/error.h"
#include "tools/io/inputs.h"
#include "tools/io/tensor_files.h"

namespace onnxrun::tools {

std::vector<std::filesystem::path> data_sets(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  if (!std::filesystem::is_directory(folder)) throw Error(ErrorCode::kUsage, fmt::format("--data {}: no such directory", folder.string()));
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory() && entry.path().filename().string().starts_with("test_data_set_")) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  if (out.empty()) out.push_back(folder);
  return out;
}

std::vector<Tensor> recorded_inputs(const Session& session, const std::filesystem::path& set, bool quiet) {
  InputOptions input;
  input.files = {set.string()};
  return make_inputs(session.inputs(), input, quiet).tensors;
}

Differences against_recorded(Session& session, const std::filesystem::path& set, const Tolerance& tolerance, bool quiet) {
  Differences out;
  const std::vector<Tensor> got = session.run(recorded_inputs(session, set, quiet));
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto file = set / fmt::format("output_{}.pb", i);
    if (!std::filesystem::exists(file)) continue;
    out.emplace_back(set.filename().string() + " " + session.outputs()[i].name, difference(got[i], read_tensor(file, session.outputs()[i].dtype), tolerance));
  }
  if (out.empty()) throw Error(ErrorCode::kUsage, fmt::format("{} has no output_0.pb to compare with", set.string()));
  return out;
}

}  // namespace onnxrun::tools
