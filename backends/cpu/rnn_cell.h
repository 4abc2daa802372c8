// The element-wise part of one step of LSTM, GRU and RNN: what becomes of the gates' sums and the state of one sequence.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "backends/cpu/elementwise_code.h"
#include "engine/ir/recurrence.h"

namespace onnxrun::cpu {

// An activation function as a loop; none for those that have no such loop.
struct RnnActivation {
  VectorOp op = nullptr;
  float p = 0.0f, q = 0.0f;
  void operator()(float* x, std::size_t n) const { op(x, nullptr, nullptr, p, q, x, n); }
};
std::optional<RnnActivation> rnn_activation(const rnn::Function& function);

// One direction's cell. Rows are `hidden` floats a gate, in ONNX's order of gates; `sums` hold x . W^T + h . R^T + bias and are
// overwritten, h and c are replaced.
class RnnCell {
 public:
  RnnCell(std::span<const rnn::Function> functions, std::optional<float> clip, std::size_t hidden);

  // sums [H]
  void rnn(float* sums, float* h) const;
  // sums [4H] in the order i, o, f, c; `peephole` [3H] in the order i, o, f, or null; `spare` [H].
  void lstm(float* sums, float* h, float* c, const float* peephole, bool input_forget, float* spare) const;
  // sums [2H] of z and r become the gates.
  void gru_gates(float* sums) const;
  // y = reset . x, elementwise
  void multiply(const float* x, const float* y, float* to) const;
  // h = (1 - z) . g(sums) + z . h for sums [H]; overwrites z, too.
  void gru_state(float* sums, float* z, float* h) const;
  void add(const float* x, float* to, std::size_t n) const;

 private:
  void activate(std::size_t function, float* x, std::size_t n) const;
  void limit(float* x, std::size_t n) const;
  void one_minus(const float* x, float* to) const;
  // to += x . y
  void add_product(const float* x, const float* y, float* to, float* spare) const;

  RnnActivation functions_[3];
  RnnActivation clip_;  // op null: none
  VectorOp add_, one_minus_, mul_;
  std::size_t hidden_;
};

}  // namespace onnxrun::cpu
