// NonZero: the places of the elements that are not zero, in row-major order: y[d][n] is the index along dimension d of the n-th.
// Versions: types only.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  ctx.set(0, DType::kInt64, Dims{ctx.has_shape(0) ? Dim(ctx.rank(0)) : ctx.fresh(), ctx.fresh()});
}

// Whether each element is something else than zero (an empty text).
std::vector<std::int64_t> places(const TensorView& x) {
  std::vector<std::int64_t> found;
  const auto collect = [&]<class T>() {
    for (std::int64_t i = 0; i < x.size; ++i) {
      if (load(x.as<const T>(), i) != T{}) found.push_back(i);
    }
  };
  switch (x.dtype) {
    case DType::kString: collect.operator()<std::string>(); break;
    case DType::kComplex64: collect.operator()<std::complex<float>>(); break;
    case DType::kComplex128: collect.operator()<std::complex<double>>(); break;
    case DType::kFloat16:
    case DType::kBFloat16:  // all bits but the sign
      for (std::int64_t i = 0; i < x.size; ++i) {
        if ((x.as<const std::uint16_t>()[i] & 0x7fff) != 0) found.push_back(i);
      }
      break;
    default:
      using Plain = TypeList<float, double, bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                             std::uint32_t, std::uint64_t>;
      dispatch(x.dtype, Plain{}, collect);
  }
  return found;
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const std::vector<std::int64_t> found = places(ctx.in(0));
  const std::int64_t count = static_cast<std::int64_t>(found.size());
  const std::int64_t out[] = {static_cast<std::int64_t>(shape.size()), count};
  std::int64_t* y = ctx.allocate(0, out).as<std::int64_t>();
  for (std::int64_t n = 0; n < count; ++n) {
    std::int64_t at = found[static_cast<std::size_t>(n)];
    for (std::size_t d = shape.size(); d-- > 0;) {
      y[static_cast<std::int64_t>(d) * count + n] = at % shape[d];
      at /= shape[d];
    }
  }
}

}  // namespace

std::span<const OpDef> non_zero_ops() {
  static const OpDef defs[] = {
      {.name = "NonZero", .versions = {9, 13}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
