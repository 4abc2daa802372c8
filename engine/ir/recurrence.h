// What LSTM, GRU and RNN say by attributes: directions and activation functions.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/attribute.h"

namespace onnxrun::rnn {

// Inputs of the three operators; GRU and RNN end with kInitialH.
enum Input { kX, kW, kR, kB, kLengths, kInitialH, kInitialC, kP };

enum class Kind {
  kRelu,
  kTanh,
  kSigmoid,
  kSoftsign,
  kSoftplus,
  kLeakyRelu,
  kThresholdedRelu,
  kElu,
  kAffine,
  kScaledTanh,
  kHardSigmoid
};

// One of the activation functions with its parameters.
struct Function {
  Kind kind;
  double alpha, beta;
  double operator()(double x) const;
};

// 2 when bidirectional, else 1. Throws Error on an unknown direction.
std::int64_t directions(const Attributes& attrs);
// Whether direction number i begins at the end.
bool is_reverse(const Attributes& attrs, std::int64_t i);

// The functions of all directions, `defaults` being those of one; alphas and betas are handed out in order to those that take one.
// Throws Error on an unknown name.
std::vector<Function> functions(const Attributes& attrs, std::initializer_list<std::string_view> defaults);
// The same with the defaults of the operator of this name: "LSTM", "GRU" or "RNN".
std::vector<Function> functions(std::string_view op, const Attributes& attrs);

}  // namespace onnxrun::rnn
