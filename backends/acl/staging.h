// Plain tensors for operators that are fast, or there at all, on channels-last ones: copies around them.
#pragma once

#include "backends/acl/kernel.h"

namespace onnxrun::acl {

// Input 0 and output 0 of a node, of rank 3 or 4, as channels-last images.
struct Staged {
  Image x, y;
  Place from, to;
  bool copied_in = false, copied_out = false;  // `from`, `to` are scratch memory
};

// A plain input 0 is copied to scratch memory by `kernel` first, which costs nothing where its spatial sizes are all 1; and
// stage_out(), once the operator is added, copies the result to a plain output 0.
Staged stage_in(AclKernel& kernel, const NodeView& node);
void stage_out(AclKernel& kernel, const NodeView& node, const Staged& staged);

// Adds a stage that turns a plain image into a channels-last one (or back).
void add_reorder(AclKernel& kernel, DType dtype, const Image& image, bool to_channels_last, Place from, Place to);

// What describe() begins with.
std::string_view staged_prefix(const Staged& staged);

// Why input 0 of the node is no such image; empty when it is.
std::string refuse_image(const NodeView& node);

}  // namespace onnxrun::acl
