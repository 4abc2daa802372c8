// How a scattered update meets the element that is there.
#pragma once

#include <string_view>

#include "ops/common/arithmetic.h"
#include "ops/common/dispatch.h"

namespace onnxrun {

// Checks the attribute reduction of ScatterElements and ScatterND: complex numbers have no order, strings only a sum, one behind the other.
inline void want_reduction(std::string_view reduction, DType dtype) {
  const bool is_complex = dtype == DType::kComplex64 || dtype == DType::kComplex128;
  for (const std::string_view known : {"none", "add", "mul", "max", "min"}) {
    if (reduction != known) continue;
    const bool has = reduction == "none" || reduction == "add" || (dtype != DType::kString && (!is_complex || reduction == "mul"));
    return require(ErrorCode::kUnsupported, has, "reduction = \"{}\", which {} has not", reduction, dtype_name(dtype));
  }
  fail(ErrorCode::kBadModel, "reduction = \"{}\", want none, add, mul, max or min", reduction);
}

// with_reduction() of numbers that have an order.
template <class T, class Body>
void with_arithmetic(std::string_view reduction, Body&& body) {
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
}

// Calls body.operator()<T>(combine) with combine(T& element, const T& update). Without a reduction T is any type of the
// elements' size, else the element type itself.
template <class Body>
void with_reduction(std::string_view reduction, DType dtype, Body&& body) {
  if (reduction == "none") {
    return dispatch_by_size(dtype, [&]<class T>() { body.template operator()<T>([](T& to, const T& update) { to = update; }); });
  }
  const bool sums = reduction == "add";
  switch (dtype) {
    case DType::kString: return body.template operator()<std::string>([](std::string& to, const std::string& update) { to += update; });
    case DType::kBool: return with_arithmetic<std::uint8_t>(sums ? "max" : reduction == "mul" ? "min" : reduction, body);  // or, and
    case DType::kComplex64:
    case DType::kComplex128:
      return dispatch(dtype, TypeList<std::complex<float>, std::complex<double>>{}, [&]<class T>() {
        if (sums) return body.template operator()<T>([](T& to, const T& update) { to += update; });
        body.template operator()<T>([](T& to, const T& update) { to *= update; });
      });
    default: return dispatch(dtype, NumberTypes{}, [&]<class T>() { with_arithmetic<T>(reduction, body); });
  }
}

}  // namespace onnxrun
