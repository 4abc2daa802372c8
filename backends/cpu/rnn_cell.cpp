#include "backends/cpu/rnn_cell.h"

#include <algorithm>
#include <cstring>

namespace onnxrun::cpu {
namespace {

std::optional<Code> code_of(rnn::Kind kind) {
  switch (kind) {
    case rnn::Kind::kRelu: return Code::kRelu;
    case rnn::Kind::kTanh: return Code::kTanh;
    case rnn::Kind::kSigmoid: return Code::kSigmoid;
    case rnn::Kind::kSoftsign: return Code::kSoftsign;
    case rnn::Kind::kSoftplus: return Code::kSoftplus;
    case rnn::Kind::kLeakyRelu: return Code::kLeakyRelu;
    case rnn::Kind::kElu: return Code::kElu;
    case rnn::Kind::kHardSigmoid: return Code::kHardSigmoid;
    case rnn::Kind::kThresholdedRelu:  // the loop differs at the threshold itself
    case rnn::Kind::kAffine:
    case rnn::Kind::kScaledTanh: break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<RnnActivation> rnn_activation(const rnn::Function& function) {
  const auto code = code_of(function.kind);
  if (!code) return std::nullopt;
  return RnnActivation{vector_op(*code, Operands::kVV), static_cast<float>(function.alpha), static_cast<float>(function.beta)};
}

RnnCell::RnnCell(std::span<const rnn::Function> functions, std::optional<float> clip, std::size_t hidden)
    : add_(vector_op(Code::kAdd, Operands::kVV)),
      one_minus_(vector_op(Code::kSub, Operands::kSV)),
      mul_(vector_op(Code::kMul, Operands::kVV)),
      hidden_(hidden) {
  for (std::size_t i = 0; i < functions.size(); ++i) functions_[i] = *rnn_activation(functions[i]);
  if (clip) clip_ = {vector_op(Code::kClip, Operands::kVV), -*clip, *clip};
}

void RnnCell::limit(float* x, std::size_t n) const {
  if (clip_.op != nullptr) clip_(x, n);
}

void RnnCell::activate(std::size_t function, float* x, std::size_t n) const {
  limit(x, n);
  functions_[function](x, n);
}

void RnnCell::add(const float* x, float* to, std::size_t n) const { add_(x, to, nullptr, 0, 0, to, n); }

void RnnCell::multiply(const float* x, const float* y, float* to) const { mul_(x, y, nullptr, 0, 0, to, hidden_); }

void RnnCell::one_minus(const float* x, float* to) const {
  constexpr float one = 1.0f;
  one_minus_(&one, x, nullptr, 0, 0, to, hidden_);
}

void RnnCell::add_product(const float* x, const float* y, float* to, float* spare) const {
  multiply(x, y, spare);
  add(spare, to, hidden_);
}

void RnnCell::rnn(float* sums, float* h) const {
  activate(0, sums, hidden_);
  std::memcpy(h, sums, hidden_ * sizeof(float));
}

void RnnCell::lstm(float* sums, float* h, float* c, const float* peephole, bool input_forget, float* spare) const {
  const std::size_t n = hidden_;
  float *in = sums, *out = sums + n, *forget = sums + 2 * n, *cell = sums + 3 * n;
  if (peephole == nullptr) {
    activate(0, in, 3 * n);
  } else {
    add_product(peephole, c, in, spare);
    add_product(peephole + 2 * n, c, forget, spare);
    activate(0, in, n);
    activate(0, forget, n);
  }
  if (input_forget) one_minus(in, forget);
  activate(1, cell, n);
  multiply(forget, c, c);
  add_product(in, cell, c, spare);
  if (peephole != nullptr) {
    add_product(peephole + n, c, out, spare);
    activate(0, out, n);
  }
  std::memcpy(spare, c, n * sizeof(float));
  activate(2, spare, n);
  multiply(out, spare, h);
}

void RnnCell::gru_gates(float* sums) const { activate(0, sums, 2 * hidden_); }

void RnnCell::gru_state(float* sums, float* z, float* h) const {
  activate(1, sums, hidden_);
  multiply(z, h, h);
  one_minus(z, z);
  multiply(z, sums, sums);
  add(sums, h, hidden_);  // n + z (h - n) would be a NaN for an infinite n
}

}  // namespace onnxrun::cpu
