// onnx-run compare: outputs against recorded test data, or one backend against another; exit status 1 on a mismatch.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "onnxrun/error.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/io/inputs.h"
#include "tools/io/summary.h"
#include "tools/io/tensor_files.h"

namespace onnxrun::tools {
namespace {

struct Tolerance {
  double relative = 1e-3;  // of each element
  double absolute = 1e-6;
};

struct Difference {
  bool equal = true;
  std::string why;           // type or shape differ
  std::int64_t wrong = 0, count = 0;
  double worst_absolute = 0, worst_relative_to_largest = 0, cosine = 1;
  std::int64_t at = -1;      // the worst element
  double got = 0, want = 0;
};

Difference difference(const Tensor& got, const Tensor& want, const Tolerance& tolerance) {
  Difference d;
  if (got.dtype() != want.dtype() || got.shape() != want.shape()) {
    return {.equal = false, .why = fmt::format("got {}, want {}", summary_text("", got), summary_text("", want))};
  }
  d.count = want.size();
  if (want.dtype() == DType::kString) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(d.count); ++i) d.wrong += got.view<std::string>()[i] != want.view<std::string>()[i];
    d.equal = d.wrong == 0;
    return d;
  }
  double largest = 0, dot = 0, got2 = 0, want2 = 0;
  for (std::int64_t i = 0; i < d.count; ++i) {
    const double g = element_as_double(got, i), w = element_as_double(want, i);
    if (std::isfinite(w)) largest = std::max(largest, std::abs(w));
    if (std::isfinite(w) && std::isfinite(g)) dot += g * w, got2 += g * g, want2 += w * w;
    const bool same = g == w || (std::isnan(g) && std::isnan(w));
    const double off = same ? 0 : std::isnan(g - w) ? INFINITY : std::abs(g - w);
    if (!same && !(off <= tolerance.absolute + tolerance.relative * std::abs(w))) ++d.wrong;
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

// One report line per output; false on a mismatch.
bool report(const std::vector<std::pair<std::string, Difference>>& list, const CommonOptions& common) {
  bool equal = true;
  Json rows = Json::array();
  for (const auto& [name, d] : list) {
    equal &= d.equal;
    if (common.json) rows.push_back(difference_json(name, d));
    if (!common.json && (!common.quiet || !d.equal)) fmt::print("{}\n", difference_text(name, d));
  }
  if (common.json) fmt::print("{}\n", Json{{"model", common.model}, {"equal", equal}, {"outputs", rows}}.dump(2));
  return equal;
}

using Differences = std::vector<std::pair<std::string, Difference>>;

// Every test_data_set_N below `folder`, or the folder itself when it holds input_0.pb or output_0.pb.
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

Differences against_data(Session& session, const std::filesystem::path& folder, const Tolerance& tolerance, bool quiet) {
  Differences out;
  for (const auto& set : data_sets(folder)) {
    InputOptions input;
    input.files = {set.string()};
    const std::vector<Tensor> got = session.run(make_inputs(session.inputs(), input, quiet).tensors);
    std::size_t compared = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto file = set / fmt::format("output_{}.pb", i);
      if (!std::filesystem::exists(file)) continue;
      out.emplace_back(set.filename().string() + " " + session.outputs()[i].name, difference(got[i], read_tensor(file), tolerance));
      ++compared;
    }
    if (compared == 0) throw Error(ErrorCode::kUsage, fmt::format("{} has no output_0.pb to compare with", set.string()));
  }
  return out;
}

Differences against_backend(Session& session, const CommonOptions& common, const std::string& other, const InputOptions& input, const Tolerance& tolerance) {
  Options options = common.options();
  options.backends = {other};
  Session second(model_file(common.model), options);
  const Inputs in = make_inputs(session.inputs(), input, common.quiet || common.json);
  const std::vector<Tensor> got = session.run(in.tensors), want = second.run(in.tensors);
  Differences out;
  for (std::size_t i = 0; i < got.size(); ++i) out.emplace_back(session.outputs()[i].name, difference(got[i], want[i], tolerance));
  return out;
}

}  // namespace

Action add_compare(CLI::App& app) {
  const auto common = add_common(app);
  const auto input = add_inputs(app);
  const auto tolerance = std::make_shared<Tolerance>();
  const auto data = std::make_shared<std::string>(), other = std::make_shared<std::string>();
  auto* data_option = app.add_option("--data", *data, "Directory of test_data_set_N with input_N.pb and output_N.pb")->type_name("DIR");
  auto* other_option = app.add_option("--against", *other, "Backend whose outputs are the expected ones")->type_name("BACKEND");
  data_option->excludes(other_option);
  app.add_option("--rtol", tolerance->relative, "Allowed difference relative to each element");
  app.add_option("--atol", tolerance->absolute, "Allowed absolute difference");
  return [common, input, tolerance, data, other] {
    if (data->empty() && other->empty()) throw Error(ErrorCode::kUsage, "compare needs --data DIR or --against BACKEND");
    Session session(model_file(common->model), common->options());
    const Differences list = other->empty() ? against_data(session, *data, *tolerance, common->quiet || common->json)
                                            : against_backend(session, *common, *other, *input, *tolerance);
    return report(list, *common) ? 0 : static_cast<int>(ErrorCode::kMismatch);
  };
}

}  // namespace onnxrun::tools
