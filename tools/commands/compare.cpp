// onnx-run compare: outputs against recorded test data, or one backend against another; exit status 1 on a mismatch.
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "onnxrun/error.h"
#include "tools/commands/cases.h"
#include "tools/commands/commands.h"
#include "tools/commands/difference.h"
#include "tools/commands/layers.h"
#include "tools/commands/recorded.h"
#include "tools/io/common.h"
#include "tools/io/inputs.h"

namespace onnxrun::tools {
namespace {

struct Comparison {
  Differences outputs;
  std::vector<Layers> layers;  // one per data set, when they are asked for
};

// One report line per output; false on a mismatch. Layers inform only: a fused kernel may part from the expected values on the way.
bool report(const Comparison& c, const CommonOptions& common) {
  const bool equal = std::ranges::all_of(c.outputs, [](const auto& o) { return o.second.equal; });
  if (common.json) {
    Json rows = Json::array(), layers = Json::array();
    for (const auto& [name, d] : c.outputs) rows.push_back(difference_json(name, d));
    for (const Layers& l : c.layers) layers.push_back(layers_json(l));
    Json all{{"model", common.model}, {"equal", equal}, {"outputs", rows}};
    if (!c.layers.empty()) all["layers"] = layers;
    fmt::print("{}\n", all.dump(2));
    return equal;
  }
  for (const Layers& l : c.layers) print_layers(l, common.quiet);
  for (const auto& [name, d] : c.outputs) {
    if (!common.quiet || !d.equal) fmt::print("{}\n", difference_text(name, d));
  }
  return equal;
}

Session other_session(const CommonOptions& common, const std::string& backend) {
  Options options = common.options();
  options.backends = {backend};
  return Session(model_file(common.model), options);
}

Comparison against_data(Session& session, const CommonOptions& common, const std::filesystem::path& folder, const Tolerance& tolerance, bool layers) {
  std::optional<Session> reference;
  if (layers) reference.emplace(other_session(common, "reference"));
  Comparison out;
  const bool quiet = common.quiet || common.json;
  for (const auto& set : data_sets(folder)) {
    const Differences differences = against_recorded(session, set, tolerance, quiet);
    out.outputs.insert(out.outputs.end(), differences.begin(), differences.end());
    if (layers) out.layers.push_back(compare_layers(session, *reference, recorded_inputs(session, set, true), tolerance));
  }
  return out;
}

Comparison against_backend(Session& session, const CommonOptions& common, const std::string& other, const InputOptions& input,
                           const Tolerance& tolerance, bool layers) {
  Session second = other_session(common, other);
  const std::vector<Tensor> in = make_inputs(session.inputs(), input, common.quiet || common.json).tensors;
  const std::vector<Tensor> got = session.run(in), want = second.run(in);
  Comparison out;
  for (std::size_t i = 0; i < got.size(); ++i) {
    out.outputs.emplace_back(session.outputs()[i].name, difference(got[i], want[i], tolerance));
  }
  if (layers) out.layers.push_back(compare_layers(session, second, in, tolerance));
  return out;
}

}  // namespace

Action add_compare(Arguments app) {
  const auto common = add_common(app);
  const auto input = add_inputs(app);
  const auto tolerance = std::make_shared<Tolerance>();
  const auto data = std::make_shared<std::string>(), other = std::make_shared<std::string>();
  const Argument data_option = app.add("--data", *data, "Directory of test_data_set_N with input_N.pb and output_N.pb").type_name("DIR");
  const Argument other_option = app.add("--against", *other, "Backend whose outputs are the expected ones").type_name("BACKEND");
  data_option.excludes(other_option);
  app.add("--rtol", tolerance->relative, "Allowed difference relative to each element").non_negative();
  app.add("--atol", tolerance->absolute, "Allowed absolute difference").non_negative();
  const auto layers = std::make_shared<bool>(false), cases = std::make_shared<bool>(false);
  const auto jobs = std::make_shared<int>(1);
  app.add_flag("--layers", *layers, "Compare also the values inside the model: with those of --against, or of the reference backend");
  const Argument cases_option = app.add_flag("--cases", *cases, "MODEL is a folder of test cases, each with model.onnx and test_data_set_N");
  app.add("--jobs", *jobs, "Cases at a time, each on one thread").needs(cases_option).range(1, 1024);
  cases_option.excludes(data_option).excludes(other_option);
  return [common, input, tolerance, data, other, layers, cases, jobs] {
    if (*cases) {
      const bool passed = report_cases(run_cases(common->model, *common, *tolerance, *jobs), *common);
      return passed ? 0 : static_cast<int>(ErrorCode::kMismatch);
    }
    if (data->empty() && other->empty()) throw Error(ErrorCode::kUsage, "compare needs --data DIR or --against BACKEND");
    Session session(model_file(common->model), common->options());
    const Comparison c = other->empty() ? against_data(session, *common, *data, *tolerance, *layers)
                                        : against_backend(session, *common, *other, *input, *tolerance, *layers);
    return report(c, *common) ? 0 : static_cast<int>(ErrorCode::kMismatch);
  };
}

}  // namespace onnxrun::tools
