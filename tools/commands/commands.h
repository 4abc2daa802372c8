// The subcommands of onnx-run: one function each, in the file of the same name. It adds the subcommand with its options to the
// program and hands over what to do; what that returns is the exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace onnxrun::tools {

// Runs after parsing; throws onnxrun::Error for the documented exit codes.
using Action = std::function<int()>;

Action add_info(CLI::App& app);
Action add_check(CLI::App& app);
Action add_run(CLI::App& app);
Action add_compare(CLI::App& app);
Action add_bench(CLI::App& app);
Action add_profile(CLI::App& app);
Action add_explain(CLI::App& app);
Action add_optimize(CLI::App& app);
Action add_backends(CLI::App& app);
Action add_ops(CLI::App& app);
Action add_batch(CLI::App& app);

}  // namespace onnxrun::tools
