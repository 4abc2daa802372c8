// onnx-run check: valid? supported? by whom?
#include <fmt/core.h>

#include <map>

#include "tools/commands/commands.h"
#include "tools/io/common.h"

namespace onnxrun::tools {

Action add_check(Arguments app) {
  const auto common = add_common(app);
  return [common] {
    const Session session(model_file(common->model), common->options());  // throws what is wrong
    const Explanation e = session.explain();
    std::map<std::string, int> by_backend;
    for (const NodeExplanation& n : e.nodes) ++by_backend[n.backend];
    if (common->json) {
      fmt::print("{}\n", Json{{"model", common->model}, {"valid", true}, {"nodes", e.nodes.size()}, {"backends", by_backend}}.dump(2));
      return 0;
    }
    fmt::print("{}: valid and supported; {} nodes after optimisation\n", common->model, e.nodes.size());
    for (const auto& [name, count] : by_backend) fmt::print("  {} on {}\n", count, name);
    return 0;
  };
}

}  // namespace onnxrun::tools
