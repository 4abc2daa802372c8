#include "engine/ir/activation.h"

#include <array>
#include <cmath>
#include <numbers>

#include "engine/base/check.h"

namespace onnxrun {
namespace {

constexpr std::array<std::string_view, 12> kNames = {
    "", "Relu", "LeakyRelu", "Clip", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Swish", "Gelu", "GeluTanh", "Elu"};

template <class T>
T sigmoid(T x) {
  return T{1} / (T{1} + std::exp(-x));
}

// Comparisons are written so that a NaN passes through.
template <class T>
T clip(T x, T low, T high) {
  return x < low ? low : x > high ? high : x;
}

}  // namespace

std::optional<Activation> activation_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Activation>(i);
  }
  return std::nullopt;
}

std::string_view activation_name(Activation activation) { return kNames[static_cast<std::size_t>(activation)]; }

ActivationSpec fused_activation(const Attributes& attrs) {
  const std::string name = attrs.s("activation", "");
  const auto kind = activation_from_name(name);
  require(kind.has_value(), "unknown activation '{}'", name);
  return {*kind, attrs.f("act_alpha", 0), attrs.f("act_beta", 0)};
}

template <class T>
T apply(Activation activation, T x, float alpha, float beta) {
  const T a = alpha, b = beta;
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return x < 0 ? T{0} : x;
    case Activation::kLeakyRelu:
      return x < 0 ? a * x : x;
    case Activation::kClip:
      return x < a ? (b < a ? b : a) : x > b ? b : x;
    case Activation::kSigmoid:
      return sigmoid(x);
    case Activation::kTanh:
      return std::tanh(x);
    case Activation::kHardSigmoid:
      return clip(a * x + b, T{0}, T{1});
    case Activation::kHardSwish:
      return x * clip(x / T{6} + T{0.5}, T{0}, T{1});
    case Activation::kSwish:
      return x * sigmoid(a * x);
    case Activation::kGelu:
      return x / 2 * (T{1} + std::erf(x / std::numbers::sqrt2_v<T>));
    case Activation::kGeluTanh: {
      const T scale = std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>;  // sqrt(2 / pi)
      return x / 2 * (T{1} + std::tanh(scale * (x + T{0.044715} * x * x * x)));
    }
    case Activation::kElu:
      return x < 0 ? a * std::expm1(x) : x;
  }
  return x;
}

template float apply(Activation, float, float, float);
template double apply(Activation, double, float, float);

}  // namespace onnxrun
