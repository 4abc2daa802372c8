// How a scattered update meets the element that is there.
#pragma once

#include <string_view>

#include "ops/common/arithmetic.h"
#include "ops/common/dispatch.h"

namespace onnxrun {

// Checks the attribute reduction of ScatterElements and ScatterND.
inline void want_reduction(std::string_view reduction) {
  for (const std::string_view known : {"none", "add", "mul", "max", "min"}) {
    if (reduction == known) return;
  }
  fail(ErrorCode::kBadModel, "reduction = \"{}\", want none, add, mul, max or min", reduction);
}

// Calls body.operator()<T>(combine) with combine(T& element, const T& update). Without a reduction T is any type of the
// elements' size, else the number type itself.
template <class Body>
void with_reduction(std::string_view reduction, DType dtype, Body&& body) {
  if (reduction == "none") {
    return dispatch_by_size(dtype, [&]<class T>() { body.template operator()<T>([](T& to, const T& update) { to = update; }); });
  }
  if (dtype == DType::kBool) dtype = DType::kUInt8;  // max is or, min is and
  dispatch(dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    const auto by = [&](auto f) {
      body.template operator()<T>([f](T& to, const T& update) { to = static_cast<T>(f(static_cast<C>(to), static_cast<C>(update))); });
    };
    if (reduction == "add") {
      by([](C a, C b) { return wrap_add(a, b); });
    } else if (reduction == "mul") {
      by([](C a, C b) { return wrap_mul(a, b); });
    } else if (reduction == "max") {
      by([](C a, C b) { return nan_max(a, b); });
    } else {
      by([](C a, C b) { return nan_min(a, b); });
    }
  });
}

}  // namespace onnxrun
