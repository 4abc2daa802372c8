// Functions of f32 vectors, for every instruction set. Errors are relative, against the exact value, over all finite floats;
// NaN in gives NaN out, infinities give the limit. The coefficients are minimax fits made for these files.
#if defined(ONNXRUN_CPU_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ONNXRUN_CPU_MATH_INL_H_
#undef ONNXRUN_CPU_MATH_INL_H_
#else
#define ONNXRUN_CPU_MATH_INL_H_
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// c0 + x (c1 + x (c2 + ...))
template <class D, class V>
HWY_INLINE V Polynomial(D d, V /*x*/, float c) {
  return hn::Set(d, c);
}
template <class D, class V, class... C>
HWY_INLINE V Polynomial(D d, V x, float c0, C... rest) {
  return hn::MulAdd(Polynomial(d, x, rest...), x, hn::Set(d, c0));
}

// lo, x or hi; NaN stays NaN, which Min and Max don't promise.
template <class D, class V>
HWY_INLINE V ClampKeepNaN(D d, V x, float lo, float hi) {
  const V low = hn::Set(d, lo), high = hn::Set(d, hi);
  return hn::IfThenElse(hn::Lt(x, low), low, hn::IfThenElse(hn::Gt(x, high), high, x));
}

template <class D>
using IntOf = hn::Vec<hn::RebindToSigned<D>>;

// e^x - 1 = (2^n - 1) + 2^n em, with x = n ln 2 + r, |r| <= ln(2) / 2 and em = e^r - 1. For |x| < 2^20.
template <class D, class V>
HWY_INLINE V ReduceExp(D d, V x, IntOf<D>& n) {
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  const hn::RebindToSigned<D> di;
  const V magic = hn::Set(d, 12582912.0f);
  const V shifted = hn::MulAdd(x, hn::Set(d, 1.44269504088896341f), magic);
  n = hn::Sub(hn::BitCast(di, shifted), hn::BitCast(di, magic));
  const V nf = hn::Sub(shifted, magic);
  const V r = hn::MulAdd(nf, hn::Set(d, 2.12194440e-4f), hn::MulAdd(nf, hn::Set(d, -0.693359375f), x));
  const V q = Polynomial(d, r, 4.999999404e-01f, 1.666652113e-01f, 4.166838899e-02f, 8.368735202e-03f, 1.381456037e-03f);
  return hn::MulAdd(hn::Mul(r, r), q, r);
}

// 2^n for n in [-126, 127].
template <class D>
HWY_INLINE hn::Vec<D> PowerOfTwo(D d, IntOf<D> n) {
  const hn::RebindToSigned<D> di;
  return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127))));
}

// e^x, error 1.2e-7; subnormal results too.
template <class D, class V>
HWY_INLINE V Exp(D d, V x) {
  IntOf<D> n;
  const V em = ReduceExp(d, ClampKeepNaN(d, x, -104.0f, 89.0f), n);
  // 2^n in two factors: n may be 128, or below -126.
  const auto half = hn::ShiftRight<1>(n);
  const V first = PowerOfTwo(d, half);
  return hn::Mul(hn::MulAdd(em, first, first), PowerOfTwo(d, hn::Sub(n, half)));
}

// e^x for x <= 0 (or NaN), a few instructions less; 0 where the result would be below 2^-126.
template <class D, class V>
HWY_INLINE V ExpOfNegative(D d, V x) {
  const auto vanishes = hn::Lt(x, hn::Set(d, -87.33654f));
  IntOf<D> n;
  const V em = ReduceExp(d, hn::IfThenZeroElse(vanishes, x), n);
  const V scale = PowerOfTwo(d, n);
  return hn::IfThenZeroElse(vanishes, hn::MulAdd(em, scale, scale));
}

// ln(x), error 1.5e-7; -inf at 0, NaN below.
template <class D, class V>
HWY_INLINE V Log(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto tiny = hn::Lt(x, hn::Set(d, 1.17549435e-38f));
  const V scaled = hn::IfThenElse(tiny, hn::Mul(x, hn::Set(d, 8388608.0f)), x);
  // scaled = 2^e m with m in [sqrt(1/2), sqrt(2)).
  const auto bits = hn::BitCast(di, scaled);
  const auto shifted = hn::Sub(bits, hn::Set(di, 0x3f3504f3));
  const auto e_int = hn::ShiftRight<23>(shifted);
  const V m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(e_int)));
  const V e = hn::Sub(hn::ConvertTo(d, e_int), hn::IfThenElseZero(tiny, hn::Set(d, 23.0f)));
  const V f = hn::Sub(m, hn::Set(d, 1.0f));
  const V q = Polynomial(d, f, 3.333331347e-01f, -2.500000894e-01f, 2.000211924e-01f, -1.666799635e-01f, 1.421955228e-01f,
                         -1.240558922e-01f, 1.188816205e-01f, -1.167565212e-01f, 6.746640801e-02f);
  const V f2 = hn::Mul(f, f);
  // ln m = f - f^2/2 + f^3 q, the small terms first
  V low = hn::Mul(hn::Mul(f2, f), q);
  low = hn::MulAdd(e, hn::Set(d, -2.12194440e-4f), low);
  low = hn::MulAdd(f2, hn::Set(d, -0.5f), low);
  V y = hn::MulAdd(e, hn::Set(d, 0.693359375f), hn::Add(low, f));
  const V inf = hn::Inf(d);
  y = hn::IfThenElse(hn::Lt(x, inf), y, x);  // inf and NaN are their own logarithms
  y = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::NaN(d), y);
  return hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(inf), y);
}

// 1 / (1 + e^-x), error 2e-7.
template <class D, class V>
HWY_INLINE V Sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  return hn::Div(one, hn::Add(one, Exp(d, hn::Neg(x))));
}

// tanh(x) = t / (t + 2) with t = e^2|x| - 1, error 2e-7.
template <class D, class V>
HWY_INLINE V Tanh(D d, V x) {
  const V twice = hn::Add(hn::Abs(x), hn::Abs(x));
  const V limit = hn::Set(d, 20.0f);
  IntOf<D> n;
  const V em = ReduceExp(d, hn::IfThenElse(hn::Gt(twice, limit), limit, twice), n);
  const V scale = PowerOfTwo(d, n);
  const V t = hn::MulAdd(em, scale, hn::Sub(scale, hn::Set(d, 1.0f)));
  return hn::CopySign(hn::Div(t, hn::Add(t, hn::Set(d, 2.0f))), x);
}

// erf(x), error 1.2e-7: x + x p(x^2) below 1, and 1 - exp(-|x| q(|x|)) from there.
template <class D, class V>
HWY_INLINE V Erf(D d, V x) {
  const V a = hn::Abs(x);
  const V small = Polynomial(d, hn::Mul(x, x), 1.283791214e-01f, -3.761232495e-01f, 1.128018051e-01f, -2.671131678e-02f,
                             4.917557351e-03f, -5.631443346e-04f);
  const V four = hn::Set(d, 4.0f);
  const V b = hn::IfThenElse(hn::Gt(a, four), four, a);
  const V q = Polynomial(d, b, 1.128490567e+00f, 6.357972622e-01f, 1.051596105e-01f, -2.282543667e-02f, 3.195113037e-03f,
                         -2.116077521e-04f);
  IntOf<D> n;
  const V em = ReduceExp(d, hn::Neg(hn::Mul(b, q)), n);
  const V scale = PowerOfTwo(d, n);
  const V large = hn::Sub(hn::Set(d, 1.0f), hn::MulAdd(em, scale, scale));
  return hn::IfThenElse(hn::Lt(a, hn::Set(d, 1.0f)), hn::MulAdd(small, x, x), hn::CopySign(large, x));
}

// atan(x), error 1.2e-7: a polynomial below 1, and pi / 2 - atan(1 / |x|) from there.
template <class D, class V>
HWY_INLINE V Atan(D d, V x) {
  const V a = hn::Abs(x);
  const auto large = hn::Gt(a, hn::Set(d, 1.0f));
  const V r = hn::IfThenElse(large, hn::Div(hn::Set(d, 1.0f), a), a), r2 = hn::Mul(r, r);
  const V q = Polynomial(d, r2, -3.333315274e-01f, 1.999377282e-01f, -1.421105516e-01f, 1.066600400e-01f, -7.552212823e-02f,
                         4.321184228e-02f, -1.636791583e-02f, 2.920688995e-03f);
  const V y = hn::MulAdd(hn::Mul(r, r2), q, r);
  return hn::CopySign(hn::IfThenElse(large, hn::Sub(hn::Set(d, 1.57079632679489662f), y), y), x);
}

// x Phi(x) = x (1 + erf(x / sqrt 2)) / 2
template <class D, class V>
HWY_INLINE V Gelu(D d, V x) {
  const V half_x = hn::Mul(x, hn::Set(d, 0.5f));
  return hn::MulAdd(half_x, Erf(d, hn::Mul(x, hn::Set(d, 0.70710678118654752f))), half_x);
}

// x (1 + tanh(u)) / 2 = x sigmoid(2u) with u = sqrt(2 / pi) (x + 0.044715 x^3)
template <class D, class V>
HWY_INLINE V GeluTanh(D d, V x) {
  const V inner = hn::MulAdd(hn::Mul(x, x), hn::Set(d, 0.071354816282f), hn::Set(d, 1.595769121605731f));
  return hn::Mul(x, Sigmoid(d, hn::Mul(x, inner)));
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#endif
