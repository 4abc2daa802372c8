// Short forms for tests of operators written as text-form graphs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun::test {

// The inferred types of the graph's outputs, "f32[N, 3]; i64[2]", with "= {N, 4}" behind a value whose contents are known.
std::string types_of(std::string_view text);
// The message of the Error that parsing (and so inference) throws; "" when there is none.
std::string error_of(std::string_view text);
// The outputs of a graph without inputs, by the reference. Throws what the kernels throw.
std::vector<Tensor> results_of(std::string_view text);
// The message of the Error that results_of() throws; "" when there is none.
std::string run_error_of(std::string_view text);

// A node as a model of an old opset has it: `attrs` as the file gives them, inputs by type (then as graph inputs) or constant.
// Returns the graph that its upgrade makes of it, printed without the header and the types.
struct OldInput {
  OldInput(const char* type) : type(type) {}
  OldInput(Tensor t) : constant(std::move(t)) {}
  std::string type;
  Tensor constant;
};
std::string upgraded(std::string_view op, int opset, const std::vector<OldInput>& inputs, Attributes attrs = {}, int outputs = 1);

}  // namespace onnxrun::test
