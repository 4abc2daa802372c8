#include "engine/ir/recurrence.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "engine/base/check.h"

namespace onnxrun::rnn {
namespace {

struct Row {
  std::string_view name;
  Kind kind;
  bool alpha, beta;  // which parameters it takes from the lists
  double default_alpha, default_beta;
};
constexpr std::array<Row, 11> kFunctions = {{{"relu", Kind::kRelu, false, false, 0, 0},
                                             {"tanh", Kind::kTanh, false, false, 0, 0},
                                             {"sigmoid", Kind::kSigmoid, false, false, 0, 0},
                                             {"softsign", Kind::kSoftsign, false, false, 0, 0},
                                             {"softplus", Kind::kSoftplus, false, false, 0, 0},
                                             {"leakyrelu", Kind::kLeakyRelu, true, false, 0.01, 0},
                                             {"thresholdedrelu", Kind::kThresholdedRelu, true, false, 1, 0},
                                             {"elu", Kind::kElu, true, false, 1, 0},
                                             {"affine", Kind::kAffine, true, true, 1, 0},
                                             {"scaledtanh", Kind::kScaledTanh, true, true, 1, 1},
                                             {"hardsigmoid", Kind::kHardSigmoid, true, true, 0.2, 0.5}}};

// Names are compared without case: old exporters wrote "sigmoid".
const Row& find_function(std::string name) {
  const std::string given = name;
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const Row& row : kFunctions) {
    if (row.name == name) return row;
  }
  fail(ErrorCode::kBadModel, "attribute activations has '{}', want one of the functions ONNX lists for this operator", given);
}

}  // namespace

// A NaN gives a NaN.
double Function::operator()(double x) const {
  switch (kind) {
    case Kind::kRelu:
      return x < 0 ? 0 : x;
    case Kind::kTanh:
      return std::tanh(x);
    case Kind::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Kind::kSoftsign:
      return x / (1 + std::fabs(x));
    case Kind::kSoftplus:
      return x > 30 ? x : std::log1p(std::exp(x));
    case Kind::kLeakyRelu:
      return x >= 0 ? x : alpha * x;
    case Kind::kThresholdedRelu:
      return x < alpha ? 0 : x;
    case Kind::kElu:
      return x >= 0 ? x : alpha * std::expm1(x);
    case Kind::kAffine:
      return alpha * x + beta;
    case Kind::kScaledTanh:
      return alpha * std::tanh(beta * x);
    case Kind::kHardSigmoid:
      return std::clamp(alpha * x + beta, 0.0, 1.0);
  }
  return x;
}

std::int64_t directions(const Attributes& attrs) {
  const std::string& name = attrs.s("direction");
  require(name == "forward" || name == "reverse" || name == "bidirectional",
          "attribute direction is '{}', want forward, reverse or bidirectional", name);
  return name == "bidirectional" ? 2 : 1;
}

bool is_reverse(const Attributes& attrs, std::int64_t i) { return i == 1 || attrs.s("direction") == "reverse"; }

std::vector<Function> functions(const Attributes& attrs, std::initializer_list<std::string_view> defaults) {
  Strings names;
  for (std::int64_t i = 0; i < directions(attrs); ++i) names.insert(names.end(), defaults.begin(), defaults.end());
  if (attrs.has("activations")) names = attrs.strings("activations");
  const Floats alphas = attrs.has("activation_alpha") ? attrs.floats("activation_alpha") : Floats{};
  const Floats betas = attrs.has("activation_beta") ? attrs.floats("activation_beta") : Floats{};
  std::vector<Function> out;
  std::size_t a = 0, b = 0;
  for (const std::string& name : names) {
    const Row& row = find_function(name);
    const double alpha = row.alpha && a < alphas.size() ? alphas[a++] : row.default_alpha;
    const double beta = row.beta && b < betas.size() ? betas[b++] : row.default_beta;
    out.push_back({row.kind, alpha, beta});
  }
  return out;
}

std::vector<Function> functions(std::string_view op, const Attributes& attrs) {
  if (op == "LSTM") return functions(attrs, {"Sigmoid", "Tanh", "Tanh"});
  if (op == "GRU") return functions(attrs, {"Sigmoid", "Tanh"});
  return functions(attrs, {"Tanh"});
}

}  // namespace onnxrun::rnn
