// The subcommands of onnx-run: one function each, in the file of the same name. It adds the subcommand with its options to the
// program and hands over what to do; what that returns is the exit status.
#pragma once

#include <functional>

#include "tools/io/arguments.h"

namespace onnxrun::tools {

// Runs after parsing; throws onnxrun::Error for the documented exit codes.
using Action = std::function<int()>;

Action add_info(Arguments app);
Action add_check(Arguments app);
Action add_run(Arguments app);
Action add_compare(Arguments app);
Action add_bench(Arguments app);
Action add_profile(Arguments app);
Action add_explain(Arguments app);
Action add_optimize(Arguments app);
Action add_backends(Arguments app);
Action add_ops(Arguments app);
Action add_batch(Arguments app);

}  // namespace onnxrun::tools
