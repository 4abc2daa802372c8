// onnx-run run: one run of a model; outputs as a summary, or into files.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "tools/commands/commands.h"
#include "tools/io/common.h"
#include "tools/io/inputs.h"
#include "tools/io/summary.h"
#include "tools/io/tensor_files.h"

namespace onnxrun::tools {

Action add_run(Arguments app) {
  const auto common = add_common(app);
  const auto input = add_inputs(app);
  const auto target = std::make_shared<std::string>();
  const auto seconds = std::make_shared<double>(0);
  app.add("--outputs", *target, "FILE.npz, or a directory for output_N.pb").type_name("FILE");
  app.add("--time-limit", *seconds, "Give up after so many seconds (exit status 7); 0: never").type_name("S").non_negative(1e9);
  return [common, input, target, seconds] {
    Session session(model_file(common->model), common->options());
    const Inputs in = make_inputs(session.inputs(), *input, common->quiet);
    RunOptions limits;
    limits.time_limit = std::chrono::ceil<std::chrono::nanoseconds>(std::chrono::duration<double>(*seconds));
    const std::vector<Tensor> results = session.run(in.tensors, limits);
    std::vector<std::pair<std::string, Tensor>> named;
    for (std::size_t i = 0; i < results.size(); ++i) named.emplace_back(session.outputs()[i].name, results[i]);
    if (!target->empty()) write_tensors(*target, named);
    if (common->json) {
      Json out = Json::array();
      for (const auto& [name, tensor] : named) out.push_back(summary_json(name, tensor));
      fmt::print("{}\n", Json{{"model", common->model}, {"generated_inputs", in.generated}, {"outputs", out}}.dump(2));
    } else if (!common->quiet || target->empty()) {
      for (const auto& [name, tensor] : named) fmt::print("{}\n", summary_text(name, tensor));
    }
    return 0;
  };
}

}  // namespace onnxrun::tools
