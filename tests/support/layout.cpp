#include "tests/support/layout.h"

#include "ops/common/dispatch.h"

namespace onnxrun::test {
namespace {

Tensor moved(const Tensor& from, bool to_channels_last) {
  Tensor to(from.dtype(), from.shape());
  const Shape& shape = from.shape();
  const std::int64_t n = shape[0], c = shape[1];
  const std::int64_t spatial = n * c == 0 ? 0 : from.size() / (n * c);
  dispatch_by_size(from.dtype(), [&]<class T>() {
    const auto* x = static_cast<const T*>(from.data());
    auto* y = static_cast<T*>(to.data());
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < c; ++j) {
        for (std::int64_t k = 0; k < spatial; ++k) {
          const std::int64_t plain = (i * c + j) * spatial + k, last = (i * spatial + k) * c + j;
          y[to_channels_last ? last : plain] = x[to_channels_last ? plain : last];
        }
      }
    }
  });
  return to;
}

}  // namespace

Tensor to_layout(const Tensor& plain, Layout layout) { return layout == Layout::kPlain ? plain : moved(plain, true); }
Tensor from_layout(const Tensor& physical, Layout layout) { return layout == Layout::kPlain ? physical : moved(physical, false); }

}  // namespace onnxrun::test
