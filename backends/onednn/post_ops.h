// What fused operators do to their result, as post-operations of a oneDNN primitive.
#pragma once

#include "backends/onednn/primitive.h"
#include "engine/ir/activation.h"

namespace onnxrun::onednn {

class PostOps {
 public:
  // y = scale * y
  void scale(float factor);
  // y = y + t, a tensor that broadcasts to y
  void add_tensor(const Desc& desc, Place place);
  // y = y + residual: node input `input`, which lies as y does (`desc`). It is added in place where its memory is free for
  // the result, else read beside it.
  void add_residual(const NodeView& node, int input, const Desc& desc);
  // y = y + what is at y's place already
  void add_to_result() { ops_.append_sum(1); }
  // y = f(y)
  void activate(const ActivationSpec& activation);

  // With user-managed scratch memory.
  dnnl::primitive_attr attr() const;
  // The arguments that the post-operations read; and what add_residual decided.
  void bind(PrimitiveKernel& kernel, std::vector<Binding>& bindings) const;

 private:
  dnnl::post_ops ops_;
  std::vector<Binding> bindings_;
  int in_place_ = -1;
};

}  // namespace onnxrun::onednn
