// The instructions of an element-wise program, and the loops over contiguous floats that carry them out.
#pragma once

#include <cstddef>
#include <cstdint>

#include "onnxrun/tensor.h"

namespace onnxrun::cpu {

enum class Code : std::uint8_t {
  // one operand
  kCopy, kNeg, kAbs, kSqrt, kReciprocal, kSquare, kCube, kExp, kLog, kRelu, kSigmoid, kTanh, kErf, kHardSwish, kGelu,
  kGeluTanh, kFloor, kCeil, kRound, kSign, kSoftplus, kSoftsign, kMish, kSin, kCos, kAtan, kIsNaN,
  // one operand, one or two parameters
  kLeakyRelu, kClip, kHardSigmoid, kSwish, kElu, kCelu, kSelu, kThresholdedRelu, kPowConst,
  // two operands
  kAdd, kSub, kMul, kDiv, kMin, kMax, kPow, kPRelu, kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual,
  // three operands: a where a condition, not 0, holds
  kSelect,
};

// Whether an operand of a binary instruction is one float per element (V) or a single one (S).
enum class Operands : std::uint8_t { kVV, kVS, kSV };

// y[i] = f(a[i], b[i], c[i]; p0, p1) for i < n. y may be a, b or c.
using VectorOp = void (*)(const float* a, const float* b, const float* c, float p0, float p1, float* y, std::size_t n);
VectorOp vector_op(Code code, Operands operands);

// Between memory of another type and floats; bool becomes 0 and 1.
using LoadOp = void (*)(const void* x, float* y, std::size_t n);
using StoreOp = void (*)(const float* x, void* y, std::size_t n);
LoadOp load_op(DType dtype);    // f32, bf16, f16, bool; else null
StoreOp store_op(DType dtype);

}  // namespace onnxrun::cpu
