// onnx-run ops: which operators there are, in which versions, and who implements them.
#include <fmt/core.h>

#include "tools/commands/commands.h"
#include "tools/io/common.h"

namespace onnxrun::tools {
namespace {

std::string join(const auto& list, const char* between) {
  std::string out;
  for (const auto& x : list) out += (out.empty() ? "" : between) + fmt::format("{}", x);
  return out;
}

}  // namespace

Action add_ops(CLI::App& app) {
  const auto common = add_common(app, false);
  const auto markdown = std::make_shared<bool>(false);
  app.add_flag("--markdown", *markdown, "Print a Markdown table");
  return [common, markdown] {
    const std::vector<OperatorInfo> ops = list_operators();
    if (common->json) {
      Json out = Json::array();
      for (const OperatorInfo& op : ops) {
        out.push_back({{"name", op.name}, {"domain", op.domain}, {"versions", op.versions}, {"backends", op.backends}});
      }
      fmt::print("{}\n", out.dump(2));
      return 0;
    }
    if (*markdown) fmt::print("| operator | domain | versions | backends |\n|---|---|---|---|\n");
    std::vector<std::vector<std::string>> rows = {{"operator", "versions", "backends"}};
    for (const OperatorInfo& op : ops) {
      const std::string name = op.domain.empty() ? op.name : op.domain + "." + op.name;
      if (*markdown) {
        fmt::print("| {} | {} | {} | {} |\n", op.name, op.domain.empty() ? "ai.onnx" : op.domain, join(op.versions, ", "), join(op.backends, ", "));
      } else {
        rows.push_back({name, join(op.versions, ","), join(op.backends, ",")});
      }
    }
    if (!*markdown) print_table(rows);
    return 0;
  };
}

}  // namespace onnxrun::tools
