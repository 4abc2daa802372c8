#include "engine/passes/numbers.h"

#include <algorithm>

#include "engine/base/check.h"

namespace onnxrun {

std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> out;
  with_number_type(tensor.dtype(), [&]<class T>() {
    out.resize(static_cast<std::size_t>(tensor.size()));
    std::ranges::transform(tensor.view<T>(), out.begin(), to_double<T>);
  });
  return out;
}

Tensor tensor_of(DType dtype, Shape shape, const std::vector<double>& values) {
  Tensor t(dtype, std::move(shape));
  require(t.size() == static_cast<std::int64_t>(values.size()), "{} values do not fill {} elements", values.size(), t.size());
  const bool known = with_number_type(dtype, [&]<class T>() { std::ranges::transform(values, t.view<T>().begin(), from_double<T>); });
  require(known, "{} is not a type of numbers", dtype_name(dtype));
  return t;
}

Tensor ints_tensor(const std::vector<std::int64_t>& values) {
  return Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, std::span<const std::int64_t>(values));
}

}  // namespace onnxrun
