// The loops of elementwise_code.h, for every instruction set.
#include <cmath>

#include "backends/cpu/elementwise_code.h"
#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise_simd.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/load-inl.h"
#include "backends/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

// 1 where the mask holds, else 0.
template <class D>
HWY_INLINE hn::Vec<D> Bit(D d, hn::Mask<D> m) {
  return hn::IfThenElseZero(m, hn::Set(d, 1.0f));
}

// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)
template <class D, class V>
HWY_INLINE V Softplus(D d, V x) {
  const V e = ExpOfNegative(d, hn::Neg(hn::Abs(x)));
  // ln(1 + e): below 2^-12 the series, else the logarithm
  const V series = hn::NegMulAdd(hn::Mul(e, hn::Set(d, 0.5f)), e, e);
  const V log = Log(d, hn::Add(e, hn::Set(d, 1.0f)));
  const V tail = hn::IfThenElse(hn::Lt(e, hn::Set(d, 2.44140625e-4f)), series, log);
  return hn::Add(hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x), tail);
}

// a (e^x - 1), without cancellation near 0.
template <class D, class V>
HWY_INLINE V ScaledExpm1(D d, V x, float a) {
  IntOf<D> n;
  const V em = ReduceExp(d, ClampKeepNaN(d, x, -87.0f, 87.0f), n);
  const V scale = PowerOfTwo(d, n);
  return hn::Mul(hn::Set(d, a), hn::MulAdd(em, scale, hn::Sub(scale, hn::Set(d, 1.0f))));
}

template <Code code, class D, class V>
HWY_INLINE V Unary(D d, V x) {
  const V zero = hn::Zero(d), one = hn::Set(d, 1.0f);
  if constexpr (code == Code::kNeg) return hn::Neg(x);
  if constexpr (code == Code::kAbs) return hn::Abs(x);
  if constexpr (code == Code::kSqrt) return hn::Sqrt(x);
  if constexpr (code == Code::kReciprocal) return hn::Div(one, x);
  if constexpr (code == Code::kSquare) return hn::Mul(x, x);
  if constexpr (code == Code::kCube) return hn::Mul(hn::Mul(x, x), x);
  if constexpr (code == Code::kExp) return Exp(d, x);
  if constexpr (code == Code::kLog) return Log(d, x);
  if constexpr (code == Code::kRelu) return hn::IfThenZeroElse(hn::Lt(x, zero), x);
  if constexpr (code == Code::kSigmoid) return Sigmoid(d, x);
  if constexpr (code == Code::kTanh) return Tanh(d, x);
  if constexpr (code == Code::kErf) return Erf(d, x);
  if constexpr (code == Code::kHardSwish) {
    return hn::Mul(x, ClampKeepNaN(d, hn::MulAdd(x, hn::Set(d, 1.0f / 6), hn::Set(d, 0.5f)), 0.0f, 1.0f));
  }
  if constexpr (code == Code::kGelu) return Gelu(d, x);
  if constexpr (code == Code::kGeluTanh) return GeluTanh(d, x);
  if constexpr (code == Code::kFloor) return hn::Floor(x);
  if constexpr (code == Code::kCeil) return hn::Ceil(x);
  if constexpr (code == Code::kRound) return hn::Round(x);
  if constexpr (code == Code::kSign) {
    return hn::IfThenElse(hn::Gt(x, zero), one, hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, -1.0f), x));
  }
  if constexpr (code == Code::kSoftplus) return Softplus(d, x);
  if constexpr (code == Code::kSoftsign) return hn::Div(x, hn::Add(one, hn::Abs(x)));
  if constexpr (code == Code::kMish) return hn::Mul(x, Tanh(d, Softplus(d, x)));
  if constexpr (code == Code::kAtan) return Atan(d, x);
  if constexpr (code == Code::kIsNaN) return Bit(d, hn::IsNaN(x));
  return x;  // kCopy
}

template <Code code, class D, class V>
HWY_INLINE V UnaryWith(D d, V x, float p, float q) {
  const V zero = hn::Zero(d);
  const auto negative = hn::Lt(x, zero);
  if constexpr (code == Code::kLeakyRelu) return hn::IfThenElse(negative, hn::Mul(x, hn::Set(d, p)), x);
  if constexpr (code == Code::kClip) {
    const V low = hn::Set(d, p), high = hn::Set(d, q);
    const V raised = hn::IfThenElse(hn::Lt(x, low), low, x);
    return hn::IfThenElse(hn::Gt(raised, high), high, raised);
  }
  if constexpr (code == Code::kHardSigmoid) return ClampKeepNaN(d, hn::MulAdd(x, hn::Set(d, p), hn::Set(d, q)), 0.0f, 1.0f);
  if constexpr (code == Code::kSwish) return hn::Mul(x, Sigmoid(d, hn::Mul(x, hn::Set(d, p))));
  if constexpr (code == Code::kElu) return hn::IfThenElse(negative, ScaledExpm1(d, x, p), x);
  if constexpr (code == Code::kCelu) return hn::IfThenElse(negative, ScaledExpm1(d, hn::Div(x, hn::Set(d, p)), p), x);
  if constexpr (code == Code::kSelu) return hn::Mul(hn::Set(d, q), hn::IfThenElse(negative, ScaledExpm1(d, x, p), x));
  if constexpr (code == Code::kThresholdedRelu) return hn::IfThenElseZero(hn::Gt(x, hn::Set(d, p)), x);
  return x;
}

template <Code code, class D, class V>
HWY_INLINE V Binary(D d, V a, V b) {
  if constexpr (code == Code::kAdd) return hn::Add(a, b);
  if constexpr (code == Code::kSub) return hn::Sub(a, b);
  if constexpr (code == Code::kMul) return hn::Mul(a, b);
  if constexpr (code == Code::kDiv) return hn::Div(a, b);
  // a NaN on either side comes through
  if constexpr (code == Code::kMin) return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
  if constexpr (code == Code::kMax) return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
  if constexpr (code == Code::kPRelu) return hn::IfThenElse(hn::Lt(a, hn::Zero(d)), hn::Mul(a, b), a);
  if constexpr (code == Code::kEqual) return Bit(d, hn::Eq(a, b));
  if constexpr (code == Code::kLess) return Bit(d, hn::Lt(a, b));
  if constexpr (code == Code::kLessOrEqual) return Bit(d, hn::Le(a, b));
  if constexpr (code == Code::kGreater) return Bit(d, hn::Gt(a, b));
  if constexpr (code == Code::kGreaterOrEqual) return Bit(d, hn::Ge(a, b));
  return a;
}

template <Code code, class D, class V>
HWY_INLINE V Apply(D d, V a, V b, V c, float p, float q) {
  if constexpr (code == Code::kSelect) {
    return hn::IfThenElse(hn::Eq(a, hn::Zero(d)), c, b);
  } else if constexpr (code >= Code::kAdd) {
    return Binary<code>(d, a, b);
  } else if constexpr (code >= Code::kLeakyRelu) {
    return UnaryWith<code>(d, a, p, q);
  } else {
    return Unary<code>(d, a);
  }
}

template <Code code, Operands operands>
void Loop(const float* a, const float* b, const float* c, float p, float q, float* y, std::size_t n) {
  const hn::ScalableTag<float> d;
  constexpr bool reads_b = code >= Code::kAdd, reads_c = code == Code::kSelect;
  const std::size_t lanes = hn::Lanes(d);
  const auto first = hn::Set(d, operands == Operands::kSV ? *a : 0.0f);
  const auto second = hn::Set(d, reads_b && operands == Operands::kVS ? *b : 0.0f);
  const auto whole = [&](std::size_t i) HWY_ATTR {
    const auto va = operands == Operands::kSV ? first : hn::LoadU(d, a + i);
    const auto vb = !reads_b || operands == Operands::kVS ? second : hn::LoadU(d, b + i);
    const auto vc = reads_c ? hn::LoadU(d, c + i) : second;
    return Apply<code>(d, va, vb, vc, p, q);
  };
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const auto y0 = whole(i), y1 = whole(i + lanes), y2 = whole(i + 2 * lanes), y3 = whole(i + 3 * lanes);
    hn::StoreU(y0, d, y + i);
    hn::StoreU(y1, d, y + i + lanes);
    hn::StoreU(y2, d, y + i + 2 * lanes);
    hn::StoreU(y3, d, y + i + 3 * lanes);
  }
  for (; i + lanes <= n; i += lanes) hn::StoreU(whole(i), d, y + i);
  if (i == n) return;
  const auto va = operands == Operands::kSV ? first : LoadPartF32(d, a + i, n - i);
  const auto vb = !reads_b || operands == Operands::kVS ? second : LoadPartF32(d, b + i, n - i);
  const auto vc = reads_c ? LoadPartF32(d, c + i, n - i) : second;
  StorePartF32(Apply<code>(d, va, vb, vc, p, q), d, y + i, n - i);
}

template <Code code>
VectorOp Choose(Operands operands) {
  if constexpr (code >= Code::kAdd && code != Code::kSelect) {
    if (operands == Operands::kVS) return Loop<code, Operands::kVS>;
    if (operands == Operands::kSV) return Loop<code, Operands::kSV>;
  }
  return Loop<code, Operands::kVV>;
}

VectorOp FindVectorOp(Code code, Operands operands) {
  switch (code) {
    case Code::kCopy: return Choose<Code::kCopy>(operands);
    case Code::kNeg: return Choose<Code::kNeg>(operands);
    case Code::kAbs: return Choose<Code::kAbs>(operands);
    case Code::kSqrt: return Choose<Code::kSqrt>(operands);
    case Code::kReciprocal: return Choose<Code::kReciprocal>(operands);
    case Code::kSquare: return Choose<Code::kSquare>(operands);
    case Code::kCube: return Choose<Code::kCube>(operands);
    case Code::kExp: return Choose<Code::kExp>(operands);
    case Code::kLog: return Choose<Code::kLog>(operands);
    case Code::kRelu: return Choose<Code::kRelu>(operands);
    case Code::kSigmoid: return Choose<Code::kSigmoid>(operands);
    case Code::kTanh: return Choose<Code::kTanh>(operands);
    case Code::kErf: return Choose<Code::kErf>(operands);
    case Code::kHardSwish: return Choose<Code::kHardSwish>(operands);
    case Code::kGelu: return Choose<Code::kGelu>(operands);
    case Code::kGeluTanh: return Choose<Code::kGeluTanh>(operands);
    case Code::kFloor: return Choose<Code::kFloor>(operands);
    case Code::kCeil: return Choose<Code::kCeil>(operands);
    case Code::kRound: return Choose<Code::kRound>(operands);
    case Code::kSign: return Choose<Code::kSign>(operands);
    case Code::kSoftplus: return Choose<Code::kSoftplus>(operands);
    case Code::kSoftsign: return Choose<Code::kSoftsign>(operands);
    case Code::kMish: return Choose<Code::kMish>(operands);
    case Code::kAtan: return Choose<Code::kAtan>(operands);
    case Code::kIsNaN: return Choose<Code::kIsNaN>(operands);
    case Code::kLeakyRelu: return Choose<Code::kLeakyRelu>(operands);
    case Code::kClip: return Choose<Code::kClip>(operands);
    case Code::kHardSigmoid: return Choose<Code::kHardSigmoid>(operands);
    case Code::kSwish: return Choose<Code::kSwish>(operands);
    case Code::kElu: return Choose<Code::kElu>(operands);
    case Code::kCelu: return Choose<Code::kCelu>(operands);
    case Code::kSelu: return Choose<Code::kSelu>(operands);
    case Code::kThresholdedRelu: return Choose<Code::kThresholdedRelu>(operands);
    case Code::kAdd: return Choose<Code::kAdd>(operands);
    case Code::kSub: return Choose<Code::kSub>(operands);
    case Code::kMul: return Choose<Code::kMul>(operands);
    case Code::kDiv: return Choose<Code::kDiv>(operands);
    case Code::kMin: return Choose<Code::kMin>(operands);
    case Code::kMax: return Choose<Code::kMax>(operands);
    case Code::kPRelu: return Choose<Code::kPRelu>(operands);
    case Code::kEqual: return Choose<Code::kEqual>(operands);
    case Code::kLess: return Choose<Code::kLess>(operands);
    case Code::kLessOrEqual: return Choose<Code::kLessOrEqual>(operands);
    case Code::kGreater: return Choose<Code::kGreater>(operands);
    case Code::kGreaterOrEqual: return Choose<Code::kGreaterOrEqual>(operands);
    case Code::kSelect: return Choose<Code::kSelect>(operands);
    default: return nullptr;
  }
}

template <class T>
void Load(const void* x, float* y, std::size_t n) {
  const hn::ScalableTag<float> d;
  const T* from = static_cast<const T*>(x);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(LoadF32(d, from + i), d, y + i);
  if (i < n) StorePartF32(LoadPartF32(d, from + i, n - i), d, y + i, n - i);
}

template <class T>
void Store(const float* x, void* y, std::size_t n) {
  const hn::ScalableTag<float> d;
  T* to = static_cast<T*>(y);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) StoreF32(hn::LoadU(d, x + i), d, to + i);
  if (i < n) StorePartF32(LoadPartF32(d, x + i, n - i), d, to + i, n - i);
}

LoadOp FindLoad(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return Load<float>;
    case DType::kBFloat16: return Load<BFloat16>;
    case DType::kFloat16: return Load<Float16>;
    default: return nullptr;
  }
}

StoreOp FindStore(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return Store<float>;
    case DType::kBFloat16: return Store<BFloat16>;
    case DType::kFloat16: return Store<Float16>;
    default: return nullptr;
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindVectorOp);
HWY_EXPORT(FindLoad);
HWY_EXPORT(FindStore);

namespace {

// The few functions without a vector form.
template <Operands operands>
void pow_loop(const float* a, const float* b, const float*, float, float, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::pow(a[operands == Operands::kSV ? 0 : i], b[operands == Operands::kVS ? 0 : i]);
}
void pow_const_loop(const float* a, const float*, const float*, float p, float, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::pow(a[i], p);
}
void sin_loop(const float* a, const float*, const float*, float, float, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::sin(a[i]);
}
void cos_loop(const float* a, const float*, const float*, float, float, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::cos(a[i]);
}

void load_bool(const void* x, float* y, std::size_t n) {
  const auto* from = static_cast<const std::uint8_t*>(x);
  for (std::size_t i = 0; i < n; ++i) y[i] = from[i] != 0 ? 1.0f : 0.0f;
}
void store_bool(const float* x, void* y, std::size_t n) {
  auto* to = static_cast<std::uint8_t*>(y);
  for (std::size_t i = 0; i < n; ++i) to[i] = x[i] != 0.0f;
}

}  // namespace

VectorOp vector_op(Code code, Operands operands) {
  switch (code) {
    case Code::kPow:
      return operands == Operands::kVV   ? pow_loop<Operands::kVV>
             : operands == Operands::kVS ? pow_loop<Operands::kVS>
                                         : pow_loop<Operands::kSV>;
    case Code::kPowConst: return pow_const_loop;
    case Code::kSin: return sin_loop;
    case Code::kCos: return cos_loop;
    default: return HWY_DYNAMIC_POINTER(FindVectorOp)(code, operands);
  }
}

LoadOp load_op(DType dtype) { return dtype == DType::kBool ? load_bool : HWY_DYNAMIC_POINTER(FindLoad)(dtype); }
StoreOp store_op(DType dtype) { return dtype == DType::kBool ? store_bool : HWY_DYNAMIC_POINTER(FindStore)(dtype); }

}  // namespace onnxrun::cpu
#endif
