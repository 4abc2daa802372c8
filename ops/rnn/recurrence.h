// What LSTM, GRU and RNN share: shapes, directions, lengths.
//
// Inputs X [T, B, I], W [D, G*H, I], R [D, G*H, H], B [D, 2*G*H], sequence_lens [B], initial_h [D, B, H] (layout 1: X [B, T, I],
// states [B, D, H]) for G gates, D directions (2 when bidirectional); outputs Y [T, D, B, H] ([B, T, D, H]) and last states.
// A sequence shorter than T gives zeros in Y after its end; a reverse direction begins at its end.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/ir/recurrence.h"
#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun::rnn {

// Sets the outputs; `gates` is G, `activations` the number of functions per direction, `states` 1 (h) or 2 (h and c).
void infer(InferContext& ctx, int gates, int activations, int states);

// Weights of one direction, as flat rows: W [G*H, I], R [G*H, H], bias = Wb and Rb [G*H] each (zeros when absent).
struct Direction {
  std::vector<Function> functions;
  Reals w, r, wb, rb;
  Reals peephole;  // [3*H] or empty
};

struct Problem {
  std::int64_t steps, batch, inputs, hidden;
  int gates;
  double clip;  // infinity = none
  double limited(double x) const { return x < -clip ? -clip : x > clip ? clip : x; }  // a NaN comes through
};

// The state of one sequence; `pre` holds x . W^T + Wb of this step [G*H], and the step replaces h and c.
using Step = FunctionRef<void(const Problem& p, const Direction& d, const double* pre, Reals& h, Reals& c)>;

// Runs every direction and sequence and writes the outputs. `defaults` are the activations for one direction.
void run(ReferenceContext& ctx, int gates, std::initializer_list<std::string_view> defaults, bool has_cell, Step step);

// row . x for a row of `size`.
inline double dot(const double* row, const double* x, std::int64_t size) {
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) sum += row[i] * x[i];
  return sum;
}

}  // namespace onnxrun::rnn
