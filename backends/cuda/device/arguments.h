// What the kernels of libonnxrun_cuda.so are told: plain values, copied to the device with every launch (4 KiB at most).
#pragma once

#include <cstdint>

namespace onnxrun::cuda {

// Element types, numbered as in ONNX.
enum class Elem : int { kNone = 0, kF32 = 1, kU8 = 2, kI8 = 3, kI32 = 6, kI64 = 7, kBool = 9, kF16 = 10, kBF16 = 16 };

constexpr int kMaxDims = 8;

// Nested loops, outermost first; strides are in elements, one per loop, 0 repeats.
struct Loops {
  int dims;
  std::int64_t total;  // product of the counts
  std::int64_t counts[kMaxDims];
};
struct Strides {
  std::int64_t at[kMaxDims];
};

// to[...] = from[...] for elements of 1, 2, 4, 8 or 16 bytes.
struct CopyArgs {
  void* to;
  const void* from;
  int bytes;
  Loops loops;
  Strides to_strides, from_strides;
};

enum class Code : int {
  // one operand
  kCopy,
  kNeg,
  kAbs,
  kSqrt,
  kReciprocal,
  kSquare,
  kExp,
  kLog,
  kRelu,
  kSigmoid,
  kTanh,
  kErf,
  kHardSwish,
  kGelu,
  kGeluTanh,
  kFloor,
  kCeil,
  kRound,
  kSign,
  kSoftplus,
  kSoftsign,
  kMish,
  kSin,
  kCos,
  kIsNaN,
  kNot,
  // one operand, parameters p and q
  kLeakyRelu,
  kClip,
  kHardSigmoid,
  kSwish,
  kElu,
  kCelu,
  kSelu,
  kThresholdedRelu,
  // two operands
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMin,
  kMax,
  kPow,
  kPRelu,
  kEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kAnd,
  kOr,
  kXor,
  // three operands: the second where the first is not 0, else the third
  kSelect,
};

constexpr int kMaxInputs = 8, kMaxInstructions = 24;

struct Operand {
  int reg;  // an input, or inputs + an instruction; -1: the literal
  float literal;
};
struct Instruction {
  Code code;
  Operand operands[3];
  float p, q;
};
// A straight-line program per element; the last instruction makes the output. It computes in f32, or in i64 when all inputs are
// integers or bools (results then keep their low bits).
struct ElementwiseArgs {
  Loops loops;
  bool integers;
  bool want_finite;  // an input 0 that is infinite or no number is told of, but for the infinite that is below all numbers
  int inputs, instructions;
  const void* in[kMaxInputs];
  Elem in_type[kMaxInputs];  // kNone: absent, and not read
  Strides in_strides[kMaxInputs];
  void* out;  // dense, in the order of the loops
  Elem out_type;
  Instruction code[kMaxInstructions];
};

// to[...] = from[...] by one list of source indices per loop. Padding and nearest-neighbour resizing are this.
struct MapArgs {
  void* to;
  const void* from;
  const void* fill;  // one element on the device, for places without a source; null: zero
  int bytes;
  Loops loops;  // of the output, which is dense
  Strides from_strides;
  const std::int64_t* index[kMaxDims];  // on the device: loops.counts[d] entries, -1 for no source; null: the same index
};

// y[...] = the sum over `taps` source elements per loop, each with a weight: linear and cubic resizing.
struct TapsArgs {
  const void* x;
  void* y;
  Elem type;
  Loops loops;  // of the output, which is dense
  Strides from_strides;
  int taps[kMaxDims];                   // per output index; 1 and no lists: the same index
  const std::int64_t* index[kMaxDims];  // on the device: loops.counts[d] * taps[d] entries
  const float* weight[kMaxDims];
};

// y[o, j, i] = x[o, indices[j], i]; negative indices count from the back.
struct GatherArgs {
  const void* x;
  const void* indices;
  void* y;
  int bytes;
  Elem index_type;  // kI32 or kI64
  std::int64_t outer, axis, inner, count;
};

// Running sums along the axis of [outer, axis, inner].
struct CumulateArgs {
  const void* x;
  void* y;
  Elem type;
  bool exclusive, reverse;
  std::int64_t outer, axis, inner;
};

// The k best along the axis of [outer, axis, inner], best first; of equals the first. A NaN is larger than any number.
struct TopKArgs {
  const void* x;
  void *values, *indices;  // i64 indices; either may be null
  Elem type;
  bool largest;
  std::int64_t outer, axis, inner, k;
};

// For each of the [batches, classes] rows of scores the boxes that stay, as NonMaxSuppression says, `most` at most. `alive` has room for
// [batches, classes, boxes] bytes, `chosen` for [batches, classes, most] numbers, `counts` for [batches, classes].
struct SelectBoxesArgs {
  const float *boxes, *scores, *iou, *score;  // thresholds: one number, or null
  std::int64_t *rows, *count;                 // [batches * classes * most, 3], zeros behind the `count` first
  std::uint8_t* alive;
  std::int64_t *chosen, *counts;
  std::int64_t batches, classes, size, most;  // size: boxes of a batch
  bool center;
};

// Along the axis of [outer, axis, inner].
struct SoftmaxArgs {
  const void* x;
  void* y;
  Elem type;
  bool log;
  std::int64_t outer, axis, inner;
};

// v = x (+ skip + bias); y = (v - mean) / sqrt(variance + epsilon) * gamma + beta; rms: no mean.
struct NormArgs {
  const void *x, *skip, *bias, *gamma, *beta;  // null where absent, but x
  void *y, *sum;                               // sum: v, or null
  Elem type;
  bool rms;
  std::int64_t rows, width, skip_rows;  // the skip's rows repeat
  float epsilon;
};

enum class Fold : int { kSum, kMean, kMax, kMin, kProd, kSumSquare, kL1, kL2, kLogSum, kLogSumExp, kArgMax, kArgMin };
// One result for every turn of `kept`, over all turns of `folded`. Floats in f32, integers in i64; kArg* give i64 indices, of the
// first or the last of equals.
struct ReduceArgs {
  const void* x;
  void* y;
  Elem type;
  Fold fold;
  bool last;
  Loops kept, folded;
  Strides kept_strides, folded_strides;
};

// Up to three spatial axes; missing ones stand in front with one element and a window of one.
struct WindowAxis {
  std::int64_t in, out, kernel, stride, dilation, pad_begin, pad_end;
};
struct PoolArgs {
  const void* x;
  void* y;
  Elem type;
  bool max, count_padding, channels_last;
  std::int64_t batch, channels;
  WindowAxis axes[3];
  float empty;  // for windows that hold no element
};

// y = softmax(scale * q . k^T + mask) . v. Strides in elements; the head size is the innermost and dense.
struct HeadStrides {
  std::int64_t batch, head, row;
};
struct AttentionArgs {
  const void *q, *k, *v, *mask;
  void* y;
  Elem type, mask_type;  // kNone: no mask; kBool: true takes part; else added
  HeadStrides q_strides, k_strides, v_strides, y_strides, mask_strides;
  std::int64_t batch, heads, kv_heads, queries, keys, mask_keys, size,
      v_size;  // mask_keys: 1 repeats, fewer than keys hide the rest
  float scale;
  bool causal;
};

enum class Precision : int { kExact, kTf32 };
struct FusedEnd {   // of products and convolutions: an activation, as a program's instruction with p and q
  Code activation;  // kCopy: none
  float p, q;
};

// The state of a direction of LSTM, GRU or RNN: `rows` sequences' values from one place to another, and perhaps into another type. A length
// outside of 0 to `steps` is told as an index out of range.
struct RnnStateArgs {
  const void* from;  // null: zeros
  void* to;
  Elem from_type, to_type;
  std::int64_t rows, hidden, from_row, to_row;  // rows lie so many elements apart
  const std::int32_t* lengths;                  // null: not looked at
  std::int64_t steps;
};

// A GRU that is linear before its reset is done after one product, another one has a product between its gates and its state.
enum class RnnPart : int { kRnn, kLstm, kLinearGru, kGruGates, kGruState };
// What follows a product of a step for one direction of `batch` sequences; those that are shorter than `step` + 1 keep their state and get
// zeros in y. ONNX's order of gates.
struct RnnCellArgs {
  RnnPart part;
  Elem type;
  const void *x, *r, *last;     // x . W^T and h . R^T of the gates; kGruState: gated . R^T of the last gate. x null: zeros
  const void *bias, *peephole;  // [2 * gates * hidden], [3 * hidden]; or null
  const std::int32_t* lengths;  // or null
  void *h, *gated, *y;          // [batch, hidden]; gated: what kGruGates makes of h; y null: not wanted
  float* c;
  std::int64_t step, batch, hidden, x_row, r_row, y_row;
  FusedEnd functions[3];
  float clip;  // infinite: none
  bool input_forget;
};

// y = act(scale * a @ b + bias + residual): row-major [batch, m, k] x [batch, k, n]. A transposed factor lies with its last two
// sizes swapped. A batch stride of 0 repeats. Of i8 factors y is the sums, i32, without scale, bias, residual and end.
struct ProductSpec {
  Elem type;
  Precision precision;
  bool trans_a, trans_b;
  std::int64_t batch, m, n, k, a_stride, b_stride, y_stride;
  float scale;
  bool bias;      // [n]
  bool residual;  // like y
  FusedEnd end;
};
struct ProductBuffers {
  const void *a, *b, *bias, *residual;
  void *y, *workspace;
};

// y = act(conv(x, w) + bias + residual): x [batch, in.., channels] and y [batch, out.., filters] channels-last, w
// [filters, kernel.., channels / groups].
struct ConvSpec {
  Elem type;
  Precision precision;
  std::int64_t batch, channels, filters, groups;
  WindowAxis axes[3];
  int spatial;  // how many of the axes the operator has, the last ones
  bool bias, residual;
  FusedEnd end;
  int plan;  // which of those that cuDNN's heuristics propose, in their order; 0: the first that works
};
struct ConvBuffers {
  const void *x, *w, *bias, *residual;
  void *y, *workspace;
};

}  // namespace onnxrun::cuda
