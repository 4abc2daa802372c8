// check_on_every_backend: one graph, run on each backend that takes its nodes, compared with the reference.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/graph.h"
#include "onnxrun/options.h"
#include "tests/support/random.h"
#include "tests/support/tolerance.h"

namespace onnxrun::test {

struct CheckOptions {
  std::uint64_t seed = 1;
  // Values of graph inputs, by name: given tensors (in logical order), or a range other than that of seeded_tensor().
  std::map<std::string, Tensor> tensors;
  std::map<std::string, Range> ranges;
  std::optional<Tolerance> tolerance;  // for outputs of floating-point type
  // For integer outputs: how far rounding may take them (quantisation).
  int integer_slack = 0;
  Math math = Math::kDefault;
  // Backends that must take every node (onnxrun.Reorder aside); a test of a kernel that nobody asks can't fail. A backend that
  // is known but absent from this build or machine is passed over.
  std::vector<std::string> claimed_by;
  // Backends that must refuse every node (onnxrun.Reorder aside), and a part of the reason they must give.
  std::map<std::string, std::string> refused_by;
  // Expected outputs by name, where the test knows them: the reference is held against these, too.
  std::map<std::string, Tensor> want;
};

// `text` is a graph (engine/ir/text.h) whose inputs have known shapes; inputs may be channels-last. Every node is run by the
// reference; then every backend that claims it is given the reference's inputs in the layouts of the graph, and must produce the
// reference's outputs: with one thread and with several (bit-equal for Math::kExact), with outputs full of garbage before,
// twice with the same state, and in place where the kernel offers it. Failures are reported as doctest checks.
void check_on_every_backend(std::string_view text, const CheckOptions& options = {});

// The pieces, for other helpers: inputs by seed, tensors and ranges; comparison by the options' tolerances.
std::vector<Tensor> make_inputs(const Graph& graph, const CheckOptions& options);
std::string difference(const Tensor& got, const Tensor& want, const CheckOptions& options);

}  // namespace onnxrun::test
