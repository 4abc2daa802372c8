// Reductions over any axes, and the global poolings. Dimensions are merged into runs that are all kept or all reduced; then
// either the innermost run is reduced, and contiguous rows are folded into single results, or it is kept, and rows are folded
// into rows. Sums of many rows are built from partial sums of kPartial rows. A result is always made by one thread.
#include <algorithm>
#include <cmath>

#include "backends/cpu/broadcast.h"
#include "backends/cpu/elementwise_code.h"
#include "engine/backend/float_types.h"
#include "backends/cpu/fold.h"
#include "backends/cpu/isa.h"
#include "engine/backend/known_ints.h"
#include "backends/cpu/reduce_loops.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cpu {
namespace {

constexpr std::int64_t kColumns = 512;  // accumulators of a block of columns
constexpr int kPartial = 64;

enum class Finish : std::uint8_t { kNone, kMean, kSqrt, kLog };

struct Row {
  std::string_view op;
  Fold fold;
  Finish finish;
};
constexpr Row kRows[] = {
    {"ReduceSum", Fold::kSum, Finish::kNone},      {"ReduceMean", Fold::kSum, Finish::kMean},
    {"ReduceMax", Fold::kMax, Finish::kNone},      {"ReduceMin", Fold::kMin, Finish::kNone},
    {"ReduceProd", Fold::kProd, Finish::kNone},    {"ReduceL1", Fold::kSumAbs, Finish::kNone},
    {"ReduceL2", Fold::kSumSquare, Finish::kSqrt}, {"ReduceSumSquare", Fold::kSumSquare, Finish::kNone},
    {"ReduceLogSum", Fold::kSum, Finish::kLog},    {"GlobalAveragePool", Fold::kSum, Finish::kMean},
    {"GlobalMaxPool", Fold::kMax, Finish::kNone},
};

const Row& row_of(const NodeView& node) { return *std::ranges::find(kRows, node.op().name, &Row::op); }

class ReduceKernel : public Kernel {
 public:
  ReduceKernel(const Row& row, DType in, DType out, ReduceLoops loops)
      : row_(row),
        loops_(std::move(loops)),
        fold_(fold_functions(row.fold, in)),
        in_bytes_(dtype_bits(in) / 8),
        out_bytes_(dtype_bits(out) / 8),
        store_(out == DType::kFloat32 ? nullptr : store_op(out)) {}
  std::string describe() const override {
    return fmt::format("reduce {} {}", loops_.inner_reduced ? "rows" : "columns", isa_name());
  }
  void run(const KernelArgs& args) const override {
    if (loops_.kept == 0) return;
    const std::int64_t per_result = std::max<std::int64_t>(loops_.reduced, 1);
    if (loops_.inner_reduced) {
      args.parallel.range(loops_.kept, 1 + 16384 / per_result,
                          [&](std::int64_t begin, std::int64_t end) { rows(args, begin, end); });
    } else {
      const std::int64_t blocks = (loops_.inner + kColumns - 1) / kColumns, units = loops_.kept / loops_.inner * blocks;
      args.parallel.range(units, 1 + 16384 / (per_result * std::min(loops_.inner, kColumns)),
                          [&](std::int64_t begin, std::int64_t end) {
                            for (std::int64_t unit = begin; unit < end; ++unit)
                              columns(args, unit / blocks, unit % blocks * kColumns);
                          });
    }
  }

 private:
  const std::byte* at(const KernelArgs& args, std::int64_t element) const {
    return static_cast<const std::byte*>(args.inputs[0].data) + element * in_bytes_;
  }

  // Results [begin, end), each from contiguous rows.
  void rows(const KernelArgs& args, std::int64_t begin, std::int64_t end) const {
    Odometer<1> kept(loops_.kept_counts, {loops_.kept_strides.data()}, begin);
    float totals[kColumns];
    for (std::int64_t first = begin; first < end; first += kColumns) {
      const std::int64_t n = std::min(kColumns, end - first);
      if (loops_.reduced == loops_.inner) {  // a run for each, side by side
        fold_.rows(at(args, first * loops_.inner), static_cast<std::size_t>(loops_.inner), static_cast<std::size_t>(n), totals);
      } else {
        for (std::int64_t i = 0; i < n; ++i, kept.next()) totals[i] = row(args, kept.offset(0));
      }
      finish(totals, n, args, first);
    }
  }

  float row(const KernelArgs& args, std::int64_t offset) const {
    const float start = fold_start(row_.fold);
    if (loops_.reduced == 0) return start;
    float total = start, partial = start;
    const std::int64_t count = loops_.reduced / loops_.inner;
    Odometer<1> reduced(loops_.reduced_counts, {loops_.reduced_strides.data()}, 0);
    for (std::int64_t k = 0; k < count; ++k, reduced.next()) {
      float run;
      fold_.rows(at(args, offset + reduced.offset(0)), static_cast<std::size_t>(loops_.inner), 1, &run);
      partial = fold_two(row_.fold, partial, run);
      if (k % kPartial != kPartial - 1) continue;
      total = fold_two(row_.fold, total, partial);
      partial = start;
    }
    return fold_two(row_.fold, total, partial);
  }

  // Up to kColumns neighbouring results.
  void columns(const KernelArgs& args, std::int64_t outer, std::int64_t first) const {
    const std::int64_t n = std::min(kColumns, loops_.inner - first);
    float totals[kColumns], partials[kColumns];
    std::fill(totals, totals + n, fold_start(row_.fold));
    std::fill(partials, partials + n, fold_start(row_.fold));
    if (loops_.reduced == 0) return finish(totals, n, args, outer * loops_.inner + first);
    const Odometer<1> kept(loops_.kept_counts, {loops_.kept_strides.data()}, outer);
    Odometer<1> reduced(loops_.reduced_counts, {loops_.reduced_strides.data()}, 0);
    for (std::int64_t k = 0; k < loops_.reduced; ++k, reduced.next()) {
      fold_.columns(at(args, kept.offset(0) + reduced.offset(0) + first), static_cast<std::size_t>(n), partials);
      if (k % kPartial != kPartial - 1) continue;
      fold_.merge(partials, static_cast<std::size_t>(n), totals);
      std::fill(partials, partials + n, fold_start(row_.fold));
    }
    fold_.merge(partials, static_cast<std::size_t>(n), totals);
    finish(totals, n, args, outer * loops_.inner + first);
  }

  void finish(float* results, std::int64_t n, const KernelArgs& args, std::int64_t to) const {
    const auto count = static_cast<float>(loops_.reduced);
    for (std::int64_t i = 0; i < n; ++i) {
      switch (row_.finish) {
        case Finish::kMean: results[i] /= count; break;
        case Finish::kSqrt: results[i] = std::sqrt(results[i]); break;
        case Finish::kLog: results[i] = std::log(results[i]); break;
        case Finish::kNone: break;
      }
    }
    auto* y = static_cast<std::byte*>(args.outputs[0].data) + to * out_bytes_;
    if (store_ != nullptr) {
      store_(results, y, static_cast<std::size_t>(n));
    } else {
      std::copy(results, results + n, reinterpret_cast<float*>(y));
    }
  }

  Row row_;
  ReduceLoops loops_;
  FoldFunctions fold_;
  std::int64_t in_bytes_, out_bytes_;
  StoreOp store_;
};

Claim claim_reduce(const NodeView& node) {
  if (const std::string why = refuse_plain_floats(node, 1); !why.empty()) return Claim::no("{}", why);
  if (node.in(0).rank() > kMaxRank) return Claim::no("rank {}, at most {}", node.in(0).rank(), kMaxRank);
  if (node.has(1) && !known_ints(node, 1)) return Claim::no("the axes are computed");
  return Claim::yes();
}

std::unique_ptr<Kernel> prepare_reduce(const NodeView& node, PrepareContext&) {
  const std::vector<bool> mask = reduced_mask(node);
  return std::make_unique<ReduceKernel>(row_of(node), node.in(0).dtype, node.out(0).dtype, reduce_loops(node.in_shape(0), mask));
}

Claim claim_pool(const NodeView& node) {
  const Type& x = node.in(0);
  if (!is_f32_like(x.dtype)) return Claim::no("input 0 is {}, want f32, bf16 or f16", dtype_name(x.dtype));
  if (!x.ranked() || x.rank() < 3 || x.rank() > kMaxRank) return Claim::no("rank below 3, above {} or unknown", kMaxRank);
  return Claim::yes();
}

std::unique_ptr<Kernel> prepare_pool(const NodeView& node, PrepareContext&) {
  const Shape shape = node.in_shape(0);
  Shape physical;
  std::vector<bool> mask;
  for (const int d : physical_order(static_cast<int>(shape.size()), node.in(0).layout)) {
    physical.push_back(shape[static_cast<std::size_t>(d)]);
    mask.push_back(d > 1);
  }
  return std::make_unique<ReduceKernel>(row_of(node), node.in(0).dtype, node.out(0).dtype, reduce_loops(physical, mask));
}

}  // namespace

std::span<const KernelEntry> reduce_kernels() {
  static const std::vector<KernelEntry> entries = [] {
    std::vector<KernelEntry> list;
    for (const Row& row : kRows) {
      const bool pool = row.op.starts_with("Global");
      list.push_back({row.op, pool ? claim_pool : claim_reduce, pool ? prepare_pool : prepare_reduce});
    }
    return list;
  }();
  return entries;
}

}  // namespace onnxrun::cpu
