#include "backends/cpu/activation_code.h"

#include "engine/ir/activation.h"

namespace onnxrun::cpu {
namespace {

Code code_of(Activation activation) {
  switch (activation) {
    case Activation::kRelu: return Code::kRelu;
    case Activation::kLeakyRelu: return Code::kLeakyRelu;
    case Activation::kClip: return Code::kClip;
    case Activation::kSigmoid: return Code::kSigmoid;
    case Activation::kTanh: return Code::kTanh;
    case Activation::kHardSigmoid: return Code::kHardSigmoid;
    case Activation::kHardSwish: return Code::kHardSwish;
    case Activation::kSwish: return Code::kSwish;
    case Activation::kGelu: return Code::kGelu;
    case Activation::kGeluTanh: return Code::kGeluTanh;
    case Activation::kElu: return Code::kElu;
    case Activation::kNone: break;
  }
  return Code::kCopy;
}

}  // namespace

ActivationCode activation_code(const NodeView& node) {
  const Activation activation = activation_from_name(node.attrs().s("activation", "")).value_or(Activation::kNone);
  if (activation == Activation::kNone) return {};
  return {vector_op(code_of(activation), Operands::kVV), node.attrs().f("act_alpha", 0.0f), node.attrs().f("act_beta", 0.0f)};
}

}  // namespace onnxrun::cpu
