// onnx-run optimize: the graph after the passes, as text or as an ONNX file.
#include <fmt/core.h>

#include "onnxrun/error.h"
#include "tools/commands/commands.h"
#include "tools/io/common.h"

namespace onnxrun::tools {

Action add_optimize(Arguments app) {
  const auto common = add_common(app);
  const auto output = std::make_shared<std::string>();
  const auto text = std::make_shared<bool>(false);
  app.add("-o,--output", *output, "ONNX file to write; operators of the engine's own are in domain \"onnxrun\"");
  app.add_flag("--text", *text, "Print the text form (the default without -o)");
  return [common, output, text] {
    const Session session(model_file(common->model), common->options());
    if (*text || output->empty()) fmt::print("{}", session.graph_text());
    if (!output->empty()) session.save_optimized(*output);
    return 0;
  };
}

}  // namespace onnxrun::tools
