// com.microsoft.MatMulNBits(a, b, scales, zero_points?, g_idx?, bias?): a @ w^T + bias for weights w [N, K] of `bits` bits, which
// lie in blocks of block_size along K: w = (q - zero_point) * scale. b [N, blocks, bytes] has the first number in the low bits;
// scales [N, blocks]; zero_points packed like b, or of a's type [N, blocks]; without them 2^(bits - 1).
#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

enum Input { kA, kB, kScales, kZeroPoints, kGroups, kBias };

struct Layout {
  std::int64_t k, n, bits, block, blocks, bytes;  // bytes of one block
  std::int64_t zero_bytes() const { return (blocks * bits + 7) / 8; }
};

Layout read_layout(const Attributes& attrs) {
  Layout l{attrs.i("K"), attrs.i("N"), attrs.i("bits"), attrs.i("block_size"), 0, 0};
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  require(l.bits == 2 || l.bits == 4 || l.bits == 8, "attribute bits is {}, want 2, 4 or 8", l.bits);
  require(l.k >= 1 && l.k < kMost && l.n >= 1 && l.n < kMost, "attributes K and N are {} and {}, want 1 or more", l.k, l.n);
  require(l.block >= 16 && l.block < kMost && (l.block & (l.block - 1)) == 0,
          "attribute block_size is {}, want a power of two from 16 on", l.block);
  l.blocks = (l.k + l.block - 1) / l.block;
  l.bytes = l.block * l.bits / 8;
  return l;
}

Dim elements(const Dims& dims) { return dims_product(dims); }

void infer(InferContext& ctx) {
  const Layout l = read_layout(ctx.attrs());
  want_float(ctx, kA);
  want_dtype(ctx, kB, {DType::kUInt8});
  want_same_dtype(ctx, kA, kScales);
  want_same_dtype(ctx, kA, kBias);
  require(ErrorCode::kUnsupported, !ctx.has(kGroups), "input g_idx is given, which is not supported");
  require(ErrorCode::kUnsupported, ctx.attrs().i("weight_prepacked", 0) == 0,
          "the weights are prepacked for another engine; export them plain");
  // Exporters write some of these flat.
  const auto want_elements = [&](int i, std::int64_t count) {
    if (ctx.has_shape(i)) same_dim(elements(ctx.shape(i)), count, "the number of elements of input " + std::to_string(i));
  };
  want_elements(kB, l.n * l.blocks * l.bytes);
  want_elements(kScales, l.n * l.blocks);
  if (ctx.has(kZeroPoints)) {
    const bool packed = ctx.dtype(kZeroPoints) == DType::kUInt8;
    if (!packed) want_same_dtype(ctx, kA, kZeroPoints);
    want_elements(kZeroPoints, packed ? l.n * l.zero_bytes() : l.n * l.blocks);
  }
  want_shape(ctx, kBias, {l.n});
  want_min_rank(ctx, kA, 1);
  if (!ctx.has_shape(kA)) return ctx.set(0, ctx.dtype(kA), std::nullopt);
  Dims y = ctx.shape(kA);
  same_dim(y.back(), l.k, "the inner dimension");
  y.back() = l.n;
  ctx.set(0, ctx.dtype(kA), std::move(y));
}

double code(std::span<const std::uint8_t> bytes, std::int64_t first_byte, std::int64_t i, std::int64_t bits) {
  const std::int64_t at = i * bits;
  return (bytes[static_cast<std::size_t>(first_byte + at / 8)] >> (at % 8)) & ((1 << bits) - 1);
}

// Row n of the weights.
void unpack_row(const ReferenceContext& ctx, const Layout& l, const Reals& scales, const Reals& zeros, std::int64_t n,
                Reals& row) {
  const auto b = ctx.in<std::uint8_t>(kB);
  const bool packed_zeros = ctx.has(kZeroPoints) && ctx.in(kZeroPoints).dtype == DType::kUInt8;
  for (std::int64_t k = 0; k < l.k; ++k) {
    const std::int64_t block = n * l.blocks + k / l.block;
    double zero = static_cast<double>(1 << (l.bits - 1));
    if (packed_zeros) zero = code(ctx.in<std::uint8_t>(kZeroPoints), n * l.zero_bytes(), k / l.block, l.bits);
    if (!packed_zeros && !zeros.empty()) zero = zeros[static_cast<std::size_t>(block)];
    row[static_cast<std::size_t>(k)] =
        (code(b, block * l.bytes, k % l.block, l.bits) - zero) * scales[static_cast<std::size_t>(block)];
  }
}

void reference(ReferenceContext& ctx) {
  const Layout l = read_layout(ctx.attrs());
  const auto optional = [&](int i) { return ctx.has(i) ? read_reals(ctx.in(i)) : Reals(); };
  const Reals a = read_reals(ctx.in(kA)), scales = read_reals(ctx.in(kScales)), zeros = optional(kZeroPoints),
              bias = optional(kBias);
  const std::int64_t rows = static_cast<std::int64_t>(a.size()) / l.k;
  Reals w(static_cast<std::size_t>(l.k));
  for (std::int64_t n = 0; n < l.n; ++n) {
    unpack_row(ctx, l, scales, zeros, n, w);
    for (std::int64_t m = 0; m < rows; ++m) {
      double sum = bias.empty() ? 0 : bias[static_cast<std::size_t>(n)];
      for (std::int64_t k = 0; k < l.k; ++k) sum += a[static_cast<std::size_t>(m * l.k + k)] * w[static_cast<std::size_t>(k)];
      write_real(ctx.out(0), m * l.n + n, sum);
    }
  }
}

}  // namespace

std::span<const OpDef> matmul_nbits_ops() {
  static const OpDef defs[] = {
      {.name = "MatMulNBits",
       .domain = kMicrosoft,
       .inputs = {3, 6},
       .attributes = {{"K", std::nullopt, true},
                      {"N", std::nullopt, true},
                      {"accuracy_level"},
                      {"bits", std::int64_t{4}},
                      {"block_size", std::nullopt, true},
                      {"weight_prepacked"}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
