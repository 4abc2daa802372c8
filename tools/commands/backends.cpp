// onnx-run backends: who could run something here.
#include <fmt/core.h>

#include "tools/commands/commands.h"
#include "tools/io/common.h"

namespace onnxrun::tools {

Action add_backends(Arguments app) {
  const auto common = add_common(app, false);
  return [common] {
    if (common->json) {
      Json out = Json::array();
      for (const BackendInfo& b : list_backends()) {
        out.push_back({{"name", b.name}, {"present", b.present}, {"reason", b.reason}, {"device", b.device}, {"about", b.about},
                       {"operators", b.operators}});
      }
      fmt::print("{}\n", out.dump(2));
      return 0;
    }
    for (const BackendInfo& b : list_backends()) {
      if (b.present) {
        const std::string ops = b.operators == std::vector<std::string>{"*"} ? "every operator" : fmt::format("{} operators", b.operators.size());
        fmt::print("{}: {}; {} on {}\n", b.name, b.about, ops, b.device);
      } else {
        fmt::print("{}: absent: {}\n", b.name, b.reason);
      }
    }
    return 0;
  };
}

}  // namespace onnxrun::tools
