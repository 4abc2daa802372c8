// What If, Loop and Scan share: their subgraphs, inferred and run.
#pragma once

#include <string_view>
#include <vector>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/lists.h"

namespace onnxrun {

// Position of the subgraph in Node::subgraphs. Throws Error(kBadModel) when it is missing.
int find_subgraph(const Node& node, std::string_view name);
// Inputs of the node that are not captures.
inline int own_inputs(const Node& node) { return static_cast<int>(node.inputs.size()) - node.captures; }

// Gives the first inputs of subgraph `which` the types `own` (an unknown one leaves what the subgraph says itself) and the others
// those of the captures, and infers it. Returns the types of its outputs.
std::vector<Type> infer_subgraph(InferContext& ctx, int which, const std::vector<Type>& own);

// State that a body gets and returns, changed at every iteration: `initial` are the types of its first values, input `first_in` of
// the body is the first of them, output `first_out` the first result. Infers the body with types that hold for every iteration:
// what differs between a state's input and output becomes unknown; a state that starts as an optional may become what that holds. `others` are the types of the body's other own inputs, by
// position; those of the state are filled in. Returns the types of the body's outputs.
std::vector<Type> infer_body(InferContext& ctx, int which, std::vector<Type> own, std::size_t first_state, std::size_t states,
                             std::size_t first_out);

// The type with those dimensions that mean nothing outside the subgraph replaced by fresh ones of the outer graph; `first_inner` is
// the outer graph's symbols() before the subgraph was inferred.
Type outside(InferContext& ctx, Type type, int first_inner);

// An input as a tensor that borrows its memory.
Tensor borrow_input(const ReferenceContext& ctx, int i);
std::vector<Tensor> borrow_captures(const ReferenceContext& ctx);
// Hands a subgraph's result over as output i, if it is wanted.
void give_output(ReferenceContext& ctx, int i, Tensor tensor);

// The tensor [outer, count, inner] cut at `axis` into pieces without that axis, one at a time.
Tensor slice_at(const TensorView& from, int axis, std::int64_t at);

// Results of the iterations for one scan output.
class Collected {
 public:
  // Takes a result; all of one Collected have the same dtype and shape.
  void add(ReferenceContext& ctx, Tensor tensor);
  // Writes them to output i along a new axis, the last one first when `reversed`. Without any, dimensions that inference left open
  // are 0; `element` is the type of one.
  void write(ReferenceContext& ctx, int i, std::int64_t axis, bool reversed, const Type& element) const;

 private:
  std::vector<Tensor> pieces_;
  std::size_t bytes_ = 0;
};

}  // namespace onnxrun
