// Kernels of one operation between the node's inputs and its first output.
#pragma once

#include "backends/acl/kernel.h"

namespace onnxrun::acl {

// Prepares a kernel with this operation alone. `what`: for messages.
std::unique_ptr<Kernel> single_kernel(PrepareContext& ctx, std::string_view what, MakeOperation make,
                                      std::vector<Argument> arguments);

// Why the node's inputs are no floating-point tensors of one layout and of `max_rank` dimensions at most; empty when they are.
std::string refuse_tensors(const NodeView& node, int inputs, int max_rank);

// Sizes of the tensor in the order in which it lies in memory.
Shape physical_sizes(const Type& type);

// Costs more than a kernel of the cpu backend, which is as fast, more exact or does several operators at once.
Claim second_choice();

}  // namespace onnxrun::acl
