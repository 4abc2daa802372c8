// What onnxrun.QuantConv and onnxrun.QuantMatMul share: when this backend takes them, and their scales and zero points as
// attributes of a primitive.
#pragma once

#include "backends/onednn/post_ops.h"

namespace onnxrun::onednn {

enum QuantInput { kQuantX, kQuantW, kQuantFactor, kQuantBias, kQuantXScale, kQuantXZero };

// Why this backend does not serve the node; empty when it does. Without VNNI instructions oneDNN adds two products of u8 and i8
// up in 16 bits, which saturates for weights above 64, and halves weights for i8 inputs; neither concerns `depthwise`
// convolutions of u8.
std::string refuse_quant(const NodeView& node, bool depthwise);

// What decides about the sums that packed weights carry: `variant` in weights.h.
std::string weights_variant(const NodeView& node);

class QuantAttr {
 public:
  // `mask` says along which dimensions of the weights the factors lie. Adds the stage that a zero point found at run time needs.
  QuantAttr(PrimitiveKernel& kernel, const NodeView& node, int mask);
  dnnl::primitive_attr attr() const;
  void bind(std::vector<Binding>& bindings) const { bindings.insert(bindings.end(), bindings_.begin(), bindings_.end()); }

 private:
  const NodeView& node_;
  int mask_;
  std::vector<Binding> bindings_;
};

// For no input at all: every element of output 0 is made of its channel's bias. Channels are the last dimension of a matrix, the
// second of an image.
std::unique_ptr<Kernel> empty_quant_kernel(const NodeView& node);

}  // namespace onnxrun::onednn
