// SparseTensorProto -> dense Tensor: zeros (empty strings) with values at indices, which are positions in the flattened
// tensor ([n]) or one row of coordinates for each value ([n, rank]); either ascending, without repetition.
#include <cstring>

#include "engine/base/check.h"
#include "engine/import/tensor_proto.h"
#include "engine/ir/dim.h"

namespace onnxrun {
namespace {

// A dense form up to this many bytes is always made; beyond, up to this many times what the file stores.
constexpr std::size_t kAlwaysDense = std::size_t{64} << 20;
constexpr std::size_t kMaxGrowth = 256;

std::int64_t position(std::span<const std::int64_t> index, const Shape& shape, std::int64_t count) {
  if (index.size() == 1 && shape.size() != 1) {
    require(index[0] >= 0 && index[0] < count, "sparse tensor: index {} is out of range for {} elements", index[0], count);
    return index[0];
  }
  std::int64_t at = 0;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    require(index[k] >= 0 && index[k] < shape[k], "sparse tensor: index {} is out of range for dimension {}", index[k], shape[k]);
    at = at * shape[k] + index[k];
  }
  return at;
}

void scatter(const Tensor& values, std::int64_t from, Tensor& dense, std::int64_t to) {
  if (dense.dtype() == DType::kString) {
    dense.view<std::string>()[static_cast<std::size_t>(to)] = values.view<std::string>()[static_cast<std::size_t>(from)];
    return;
  }
  const std::size_t size = dtype_bytes(dense.dtype(), 1);
  std::memcpy(static_cast<std::byte*>(dense.data()) + static_cast<std::size_t>(to) * size,
              static_cast<const std::byte*>(values.data()) + static_cast<std::size_t>(from) * size, size);
}

}  // namespace

Tensor TensorReader::read(onnx::SparseTensorProto& proto) {
  if (const auto seen = seen_.find(&proto); seen != seen_.end()) return seen->second;
  const Tensor values = read(*proto.mutable_values());
  const Tensor indices = read(*proto.mutable_indices());
  const Shape shape(proto.dims().begin(), proto.dims().end());
  const std::int64_t count = checked_count(shape);
  const auto n = values.size();
  require(values.shape().size() == 1, "sparse tensor: values have rank {}, want 1", values.shape().size());
  require(dtype_bits(values.dtype()) >= 8, "sparse tensor: packed elements ({}) have no sparse form", dtype_name(values.dtype()));
  require(indices.dtype() == DType::kInt64, "sparse tensor: indices are {}, want i64", dtype_name(indices.dtype()));
  const bool rows = indices.shape().size() == 2;
  const auto rank = static_cast<std::int64_t>(shape.size());
  require(indices.shape() == (rows ? Shape{n, rank} : Shape{n}), "sparse tensor: indices have shape {}, want [{}] or [{}, {}]",
          dims_str(dims_of(indices.shape())), n, n, rank);
  const std::size_t bytes = dtype_bytes(values.dtype(), count);
  require(bytes <= kAlwaysDense || bytes / kMaxGrowth <= values.bytes(),
          "sparse tensor: {} values stand for {} bytes, which is out of proportion; store it dense", n, bytes);

  Tensor dense(values.dtype(), shape);
  if (dense.dtype() != DType::kString) std::memset(dense.data(), 0, bytes);
  std::int64_t last = -1;
  const std::size_t width = rows ? static_cast<std::size_t>(rank) : 1;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t at = position(indices.view<std::int64_t>().subspan(static_cast<std::size_t>(i) * width, width), shape, count);
    require(at > last, "sparse tensor: the indices are not ascending at value {}", i);
    scatter(values, i, dense, at);
    last = at;
  }
  return seen_.emplace(&proto, std::move(dense)).first->second;
}

}  // namespace onnxrun
