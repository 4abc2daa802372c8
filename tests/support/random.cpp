#include "tests/support/random.h"

#include <cmath>

#include "engine/ir/seeded.h"
#include "ops/common/dispatch.h"

namespace onnxrun::test {

Tensor random_tensor(DType dtype, Shape shape, std::uint64_t seed) { return seeded_tensor(dtype, std::move(shape), seed); }

Tensor random_tensor(DType dtype, Shape shape, std::uint64_t seed, Range range) {
  const Tensor unit = seeded_tensor(DType::kFloat64, shape, seed);
  Tensor t(dtype, std::move(shape));
  if (dtype == DType::kBool) {
    for (std::size_t i = 0; i < unit.view<double>().size(); ++i) t.view<bool>()[i] = unit.view<double>()[i] >= 0;
    return t;
  }
  dispatch(dtype, NumberTypes{}, [&]<class T>() {
    const auto u = unit.view<double>();
    for (std::size_t i = 0; i < u.size(); ++i) {
      const double v = range.low + (u[i] + 1) / 2 * (range.high - range.low);
      t.view<T>()[i] = std::is_integral_v<T> ? static_cast<T>(std::floor(v)) : static_cast<T>(static_cast<Compute<T>>(v));
    }
  });
  return t;
}

}  // namespace onnxrun::test
