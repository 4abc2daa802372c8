// Loads and stores of f32 vectors from and to f32, bf16 and f16 memory, whole and in part, for every instruction set.
#if defined(ONNXRUN_CPU_LOAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ONNXRUN_CPU_LOAD_INL_H_
#undef ONNXRUN_CPU_LOAD_INL_H_
#else
#define ONNXRUN_CPU_LOAD_INL_H_
#endif

#include <cstring>

#include "engine/base/half.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> LoadF32(D d, const float* p) {
  return hn::LoadU(d, p);
}

template <class D>
HWY_INLINE hn::Vec<D> LoadF32(D d, const BFloat16* p) {
  const hn::RebindToUnsigned<D> du;
  const hn::Rebind<std::uint16_t, D> dh;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(dh, &p->bits))));
}

template <class D>
HWY_INLINE hn::Vec<D> LoadF32(D d, const Float16* p) {
  const hn::Rebind<std::uint16_t, D> dh;
  const hn::Rebind<hwy::float16_t, D> df;
  return hn::PromoteTo(d, hn::BitCast(df, hn::LoadU(dh, &p->bits)));
}

template <class D>
HWY_INLINE void StoreF32(hn::Vec<D> v, D d, float* p) {
  hn::StoreU(v, d, p);
}

// Rounds to nearest even; a NaN keeps its upper bits and becomes quiet.
template <class D>
HWY_INLINE void StoreF32(hn::Vec<D> v, D /*d*/, BFloat16* p) {
  const hn::RebindToUnsigned<D> du;
  const hn::Rebind<std::uint16_t, D> dh;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1u));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7fffu)));
  const auto nan = hn::RebindMask(du, hn::IsNaN(v));
  const auto chosen = hn::IfThenElse(nan, hn::Or(bits, hn::Set(du, 0x400000u)), rounded);
  hn::StoreU(hn::TruncateTo(dh, hn::ShiftRight<16>(chosen)), dh, &p->bits);
}

template <class D>
HWY_INLINE void StoreF32(hn::Vec<D> v, D /*d*/, Float16* p) {
  const hn::Rebind<std::uint16_t, D> dh;
  const hn::Rebind<hwy::float16_t, D> df;
  hn::StoreU(hn::BitCast(dh, hn::DemoteTo(df, v)), dh, &p->bits);
}

// The first `count` lanes, fewer than the vector has; the others are `fill`.
template <class D, class T>
HWY_INLINE hn::Vec<D> LoadPartF32(D d, const T* p, std::size_t count, float fill = 0.0f) {
  HWY_ALIGN T part[hn::MaxLanes(d)] = {};
  std::memcpy(static_cast<void*>(part), p, count * sizeof(T));
  return hn::IfThenElse(hn::FirstN(d, count), LoadF32(d, static_cast<const T*>(part)), hn::Set(d, fill));
}

template <class D, class T>
HWY_INLINE void StorePartF32(hn::Vec<D> v, D d, T* p, std::size_t count) {
  HWY_ALIGN T part[hn::MaxLanes(d)];
  StoreF32(v, d, static_cast<T*>(part));
  std::memcpy(static_cast<void*>(p), part, count * sizeof(T));
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#endif
