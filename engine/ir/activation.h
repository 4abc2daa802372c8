// Activation: the function that a fused operator applies to its result, as the attributes `activation`, `act_alpha` and
// `act_beta` of onnxrun.FusedConv and onnxrun.FusedMatMul name it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/ir/attribute.h"

namespace onnxrun {

enum class Activation : std::uint8_t {
  kNone,         // ""           x
  kRelu,         // max(x, 0)
  kLeakyRelu,    // x < 0 ? alpha * x : x
  kClip,         // min(max(x, alpha), beta)
  kSigmoid,      // 1 / (1 + exp(-x))
  kTanh,
  kHardSigmoid,  // min(max(alpha * x + beta, 0), 1)
  kHardSwish,    // x * min(max(x / 6 + 0.5, 0), 1)
  kSwish,        // x * sigmoid(alpha * x)
  kGelu,         // x / 2 * (1 + erf(x / sqrt(2)))
  kGeluTanh,     // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
  kElu,          // x < 0 ? alpha * (exp(x) - 1) : x
};

// By the name without its k: "Relu", "GeluTanh", and "" for none. nullopt for anything else.
std::optional<Activation> activation_from_name(std::string_view name);
std::string_view activation_name(Activation activation);

// With its parameters, as the attributes of onnxrun.FusedConv and onnxrun.FusedMatMul give them; none for operators without such
// attributes. Throws Error(kBadModel) for an unknown name.
struct ActivationSpec {
  Activation kind = Activation::kNone;
  float alpha = 0, beta = 0;
};
ActivationSpec fused_activation(const Attributes& attrs);

// The function itself, for T = float or double. NaN stays NaN.
template <class T>
T apply(Activation activation, T x, float alpha, float beta);

}  // namespace onnxrun
