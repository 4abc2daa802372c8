#include "backends/onednn/post_ops.h"

#include <algorithm>

namespace onnxrun::onednn {

using dnnl::algorithm;

void PostOps::scale(float factor) {
  if (factor != 1) ops_.append_eltwise(algorithm::eltwise_linear, factor, 0);
}

void PostOps::add_tensor(const Desc& desc, Place place) {
  bindings_.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(ops_.len()) | DNNL_ARG_SRC_1, desc, std::move(place)});
  ops_.append_binary(algorithm::binary_add, desc);
}

void PostOps::add_residual(const NodeView& node, int input, const Desc& desc) {
  if (!dies_here(node, input)) return add_tensor(desc, Place::input(input));
  in_place_ = input;
  ops_.append_sum(1);
}

void PostOps::activate(const ActivationSpec& a) {
  switch (a.kind) {
    case Activation::kNone:
      return;
    case Activation::kRelu:
      return ops_.append_eltwise(algorithm::eltwise_relu, 0, 0);
    case Activation::kLeakyRelu:
      return ops_.append_eltwise(algorithm::eltwise_relu, a.alpha, 0);
    case Activation::kClip:
      return ops_.append_eltwise(algorithm::eltwise_clip_v2, std::min(a.alpha, a.beta), a.beta);
    case Activation::kSigmoid:
      return ops_.append_eltwise(algorithm::eltwise_logistic, 0, 0);
    case Activation::kTanh:
      return ops_.append_eltwise(algorithm::eltwise_tanh, 0, 0);
    case Activation::kHardSigmoid:
      return ops_.append_eltwise(algorithm::eltwise_hardsigmoid, a.alpha, a.beta);
    case Activation::kHardSwish:
      return ops_.append_eltwise(algorithm::eltwise_hardswish, 1.0f / 6, 0.5f);
    case Activation::kSwish:
      return ops_.append_eltwise(algorithm::eltwise_swish, a.alpha, 0);
    case Activation::kGelu:
      return ops_.append_eltwise(algorithm::eltwise_gelu_erf, 0, 0);
    case Activation::kGeluTanh:
      return ops_.append_eltwise(algorithm::eltwise_gelu_tanh, 0, 0);
    case Activation::kElu:
      return ops_.append_eltwise(algorithm::eltwise_elu, a.alpha, 0);
  }
}

dnnl::primitive_attr PostOps::attr() const {
  dnnl::primitive_attr attr;
  attr.set_post_ops(ops_);
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

void PostOps::bind(PrimitiveKernel& kernel, std::vector<Binding>& bindings) const {
  bindings.insert(bindings.end(), bindings_.begin(), bindings_.end());
  if (in_place_ >= 0) kernel.set_accumulates(in_place_);
}

}  // namespace onnxrun::onednn
