#include "backends/acl/quant_product.h"

#include <arm_compute/runtime/experimental/low_level/CpuGemmAssemblyDispatch.h>
#include <arm_neon.h>

#include <algorithm>
#include <cstring>

#include "backends/acl/scheduler.h"
#include "backends/acl/status.h"
#include "engine/backend/claims.h"
#include "engine/backend/degenerate.h"

namespace onnxrun::acl {
namespace {

using Dispatch = arm::experimental::op::ll::CpuGemmAssemblyDispatch;

constexpr std::int64_t kWork = 1 << 14;     // elements that are worth another thread

arm::TensorInfo signed_info(std::int64_t rows, std::int64_t columns) {
  arm::TensorInfo info = dense_info(DType::kInt8, {rows, columns});
  info.set_data_type(arm::DataType::S8);
  return info;
}

struct Infos {
  arm::TensorInfo a, b, sums;
};
Infos infos_of(const QuantSizes& s) {
  return {signed_info(s.rows, s.depth), constant_info(signed_info(s.depth, s.width)),
          dense_info(DType::kInt32, {s.rows, s.width})};
}

// The operator's own validate() knows nothing of integers, though it multiplies them.
bool has_products() {
  static const bool has = [] {
    Infos infos = infos_of({8, 8, 8});
    Dispatch op;
    op.configure(&infos.a, &infos.b, nullptr, &infos.sums);
    return op.is_configured();
  }();
  return has;
}

// Memory that a loop of our own reads or writes.
Argument loop_argument(DType dtype, std::int64_t elements, Place place) {
  return {-1, dense_info(dtype, {std::max<std::int64_t>(elements, 1)}), std::move(place)};
}

// x's zero point, less 128 where x is u8: argument `at`, or 0 where the node has none.
std::int8_t zero_of(const Views& v, std::size_t at, bool is_signed) {
  const std::uint8_t zero = at < v.size() ? *v[at]->buffer() : std::uint8_t{0};
  return static_cast<std::int8_t>(is_signed ? zero : zero ^ 0x80);
}

void add_zero(const NodeView& node, std::vector<Argument>& arguments) {
  if (node.has(kQuantXZero)) arguments.push_back(loop_argument(node.in(kQuantXZero).dtype, 1, Place::input(kQuantXZero)));
}

std::int64_t grain(std::int64_t row) { return 1 + kWork / std::max<std::int64_t>(row, 1); }

void add_gather(AclKernel& kernel, const NodeView& node, const QuantSizes& s, const Gather& gather, const Place& a) {
  const DType dtype = node.in(kQuantX).dtype;
  std::vector<Argument> arguments = {loop_argument(dtype, element_count(node.in_shape(kQuantX)), Place::input(kQuantX)),
                                     loop_argument(dtype, s.rows * s.depth, a)};
  add_zero(node, arguments);
  kernel.add(loop_of("gather",
                     [s, gather, is_signed = dtype == DType::kInt8](const Views& v) {
                       const std::int8_t zero = zero_of(v, 2, is_signed);
                       auto* to = reinterpret_cast<std::int8_t*>(v[1]->buffer());
                       TurnScope::parallel().range(s.rows, grain(s.depth), [&](std::int64_t begin, std::int64_t end) {
                         gather(v[0]->buffer(), zero, begin, end, to + begin * s.depth);
                       });
                     }),
             std::move(arguments));
}

void add_product(AclKernel& kernel, const NodeView& node, const QuantSizes& s, const Tensor& weights, const Place& a,
                 const Place& sums) {
  const Infos infos = infos_of(s);
  kernel.add(operator_of<Dispatch>(
                 [](Dispatch& op, const Views& v) {
                   op.configure(v[0]->info(), v[1]->info(), nullptr, v[2]->info());
                   require(ErrorCode::kUnsupported, op.is_configured(), "Arm Compute Library has no kernel for this product");
                 },
                 true),
             {{arm::ACL_SRC_0, infos.a, a}, {arm::ACL_SRC_1, infos.b, Place::constant(weights)}, {arm::ACL_DST, infos.sums, sums}},
             node.constant(kQuantW));
}

std::vector<std::int32_t> column_sums(const QuantSizes& s, const Tensor& weights) {
  std::vector<std::int32_t> sums(static_cast<std::size_t>(s.width));
  const std::int8_t* w = weights.view<std::int8_t>().data();
  for (std::int64_t k = 0; k < s.depth; ++k) {
    for (std::int32_t& sum : sums) sum += *w++;
  }
  return sums;
}

void add_requantize(AclKernel& kernel, const NodeView& node, const QuantSizes& s, const Tensor& weights, const Place& sums) {
  std::vector<Argument> arguments = {loop_argument(node.out(0).dtype, s.rows * s.width, Place::output(0)),
                                     loop_argument(DType::kInt32, s.rows * s.width, sums)};
  const auto add = [&](int input, std::int64_t elements) -> std::size_t {
    if (!node.has(input)) return 0;
    arguments.push_back(loop_argument(node.in(input).dtype, elements, Place::input(input)));
    return arguments.size() - 1;
  };
  const std::size_t factor = add(kQuantFactor, s.width), bias = add(kQuantBias, s.width), scale = add(kQuantXScale, 1);
  const std::size_t zero = arguments.size();
  add_zero(node, arguments);
  kernel.add(loop_of("requantize",
                     [=, is_signed = node.in(kQuantX).dtype == DType::kInt8, columns = column_sums(s, weights),
                      requantizer = Requantizer(node)](const Views& v) {
                       const auto floats = [&](std::size_t at) { return reinterpret_cast<const float*>(v[at]->buffer()); };
                       const auto* from = reinterpret_cast<const std::int32_t*>(v[1]->buffer());
                       Requantizer::Row row{from,           columns.data(),
                                            zero_of(v, zero, is_signed), scale == 0 ? 1.0f : *floats(scale),
                                            floats(factor), bias == 0 ? nullptr : floats(bias),
                                            s.width};
                       TurnScope::parallel().range(s.rows, grain(s.width), [&](std::int64_t begin, std::int64_t end) {
                         Requantizer::Row mine = row;
                         for (std::int64_t r = begin; r < end; ++r) {
                           mine.sums = from + r * s.width;
                           requantizer.run(mine, v[0]->buffer(), r * s.width);
                         }
                       });
                     }),
             std::move(arguments));
}

}  // namespace

void to_signed(const std::uint8_t* x, std::int64_t n, bool is_signed, std::int8_t* a) {
  if (is_signed) {
    std::memcpy(a, x, static_cast<std::size_t>(n));
    return;
  }
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) vst1q_s8(a + i, vreinterpretq_s8_u8(veorq_u8(vld1q_u8(x + i), vdupq_n_u8(0x80))));
  for (; i < n; ++i) a[i] = static_cast<std::int8_t>(x[i] ^ 0x80);
}

std::string refuse_quant(const NodeView& node) {
  if (std::string no = refuse_byte_product(node); !no.empty()) return no;
  const Tensor* w = node.constant(kQuantW);
  const std::int64_t depth = node.op().name == "QuantConv" ? w->size() / w->shape()[0] : w->shape()[0];
  if (depth >= kTooManyByteProducts) return fmt::format("sums of {} products", depth);
  return has_products() ? "" : "the library has no products of integers for this processor";
}

std::unique_ptr<Kernel> quant_kernel(const NodeView& node, PrepareContext& ctx, const QuantSizes& s, const Tensor& weights,
                                     const Gather& gather) {
  if (s.rows == 0) return constant_kernel(0);
  return guarded("prepare a product of integers", [&] {
    auto kernel = std::make_unique<AclKernel>(ctx);
    const TurnScope turn(ctx.parallel, parts_for(ctx));
    Place a = Place::input(kQuantX);
    if (gather) {
      a = Place::scratch(kernel->reserve(static_cast<std::size_t>(s.rows * s.depth)));
      add_gather(*kernel, node, s, gather, a);
    }
    const Place sums = Place::scratch(kernel->reserve(static_cast<std::size_t>(s.rows * s.width) * sizeof(std::int32_t)));
    add_product(*kernel, node, s, weights, a, sums);
    add_requantize(*kernel, node, s, weights, sums);
    kernel->set_unread(kQuantW);
    kernel->finish(ctx, "int8: ");
    return kernel;
  });
}

}  // namespace onnxrun::acl
