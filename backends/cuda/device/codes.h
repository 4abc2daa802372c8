// What each instruction of an element-wise program computes. Comparisons are written so that a NaN passes through.
#pragma once

#include "backends/cuda/device/number.h"

namespace onnxrun::cuda::device {

ONNXRUN_BODY float sigmoid(float x) { return 1 / (1 + expf(-x)); }
ONNXRUN_BODY float clipped(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return raised > high ? high : raised;
}
ONNXRUN_BODY float softplus(float x) { return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x)); }
ONNXRUN_BODY float smaller(float a, float b) { return a != a || a < b ? a : b; }
ONNXRUN_BODY float larger(float a, float b) { return a != a || a > b ? a : b; }

ONNXRUN_BODY float unary(Code code, float x, float p, float q) {
  switch (code) {
    case Code::kNeg:
      return -x;
    case Code::kAbs:
      return fabsf(x);
    case Code::kSqrt:
      return sqrtf(x);
    case Code::kReciprocal:
      return 1 / x;
    case Code::kSquare:
      return x * x;
    case Code::kExp:
      return expf(x);
    case Code::kLog:
      return logf(x);
    case Code::kRelu:
      return x < 0 ? 0 : x;
    case Code::kSigmoid:
      return sigmoid(x);
    case Code::kTanh:
      return tanhf(x);
    case Code::kErf:
      return erff(x);
    case Code::kHardSwish:
      return x * clipped(x / 6 + 0.5f, 0, 1);
    case Code::kGelu:
      return x / 2 * (1 + erff(x * 0.70710678f));
    case Code::kGeluTanh:
      return x / 2 * (1 + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
    case Code::kFloor:
      return floorf(x);
    case Code::kCeil:
      return ceilf(x);
    case Code::kRound:
      return rintf(x);
    case Code::kSign:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case Code::kSoftplus:
      return softplus(x);
    case Code::kSoftsign:
      return x / (1 + fabsf(x));
    case Code::kMish:
      return x * tanhf(softplus(x));
    case Code::kSin:
      return sinf(x);
    case Code::kCos:
      return cosf(x);
    case Code::kIsNaN:
      return x != x ? 1 : 0;
    case Code::kNot:
      return x == 0 ? 1 : 0;
    case Code::kLeakyRelu:
      return x < 0 ? p * x : x;
    case Code::kClip:
      return clipped(x, p, q);
    case Code::kHardSigmoid:
      return clipped(p * x + q, 0, 1);
    case Code::kSwish:
      return x * sigmoid(p * x);
    case Code::kElu:
      return x < 0 ? p * expm1f(x) : x;
    case Code::kCelu:
      return x < 0 ? p * expm1f(x / p) : x;
    case Code::kSelu:
      return q * (x <= 0 ? p * expm1f(x) : x);
    case Code::kThresholdedRelu:
      return x > p ? x : 0;
    default:
      return x;
  }
}

ONNXRUN_BODY float binary(Code code, float a, float b) {
  switch (code) {
    case Code::kAdd:
      return a + b;
    case Code::kSub:
      return a - b;
    case Code::kMul:
      return a * b;
    case Code::kDiv:
      return a / b;
    case Code::kMin:
      return smaller(a, b);
    case Code::kMax:
      return larger(a, b);
    case Code::kPow:
      return powf(a, b);
    case Code::kPRelu:
      return a < 0 ? a * b : a;
    case Code::kEqual:
      return a == b ? 1 : 0;
    case Code::kLess:
      return a < b ? 1 : 0;
    case Code::kLessOrEqual:
      return a <= b ? 1 : 0;
    case Code::kGreater:
      return a > b ? 1 : 0;
    default:
      return a >= b ? 1 : 0;
  }
}

ONNXRUN_BODY float apply(Code code, float a, float b, float c, float p, float q) {
  if (code == Code::kSelect) return a != 0 ? b : c;
  return code >= Code::kAdd ? binary(code, a, b) : unary(code, a, p, q);
}

// Wrapping arithmetic; a division by 0 gives 0 and is told through `fault`.
ONNXRUN_BODY std::int64_t apply(Code code, std::int64_t a, std::int64_t b, std::int64_t c, int* fault) {
  const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  switch (code) {
    case Code::kNeg:
      return static_cast<std::int64_t>(0 - ua);
    case Code::kAbs:
      return a < 0 ? static_cast<std::int64_t>(0 - ua) : a;
    case Code::kSign:
      return a > 0 ? 1 : a < 0 ? -1 : 0;
    case Code::kNot:
      return a == 0;
    case Code::kAdd:
      return static_cast<std::int64_t>(ua + ub);
    case Code::kSub:
      return static_cast<std::int64_t>(ua - ub);
    case Code::kMul:
      return static_cast<std::int64_t>(ua * ub);
    case Code::kDiv:
      if (b == 0) *fault = kFaultDivision;
      return b == 0 ? 0 : b == -1 ? static_cast<std::int64_t>(0 - ua) : a / b;
    case Code::kMin:
      return b < a ? b : a;
    case Code::kMax:
      return a < b ? b : a;
    case Code::kEqual:
      return a == b;
    case Code::kLess:
      return a < b;
    case Code::kLessOrEqual:
      return a <= b;
    case Code::kGreater:
      return a > b;
    case Code::kGreaterOrEqual:
      return a >= b;
    case Code::kAnd:
      return a != 0 && b != 0;
    case Code::kOr:
      return a != 0 || b != 0;
    case Code::kXor:
      return (a != 0) != (b != 0);
    case Code::kSelect:
      return a != 0 ? b : c;
    default:
      return a;
  }
}

}  // namespace onnxrun::cuda::device
