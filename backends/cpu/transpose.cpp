// Transpose, onnxrun.Reorder, Expand and Tile: elements of any size, permuted, laid out otherwise or repeated.
#include "backends/cpu/broadcast.h"
#include "backends/cpu/copy.h"

namespace onnxrun::cpu {
namespace {

Claim claim(const NodeView& node) {
  const std::string why = refuse_copy(node, 0);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}

// The output's rank, too, must be known and small.
Claim claim_repeat(const NodeView& node) {
  if (!node.out(0).ranked() || node.out(0).rank() > kMaxRank)
    return Claim::no("the output's rank is above {} or unknown", kMaxRank);
  return claim(node);
}

std::unique_ptr<Kernel> prepare_transpose(const NodeView& node, PrepareContext&) {
  const Shape shape = node.in_shape(0);
  const int rank = static_cast<int>(shape.size());
  Ints perm;
  for (int d = rank; d-- > 0;) perm.push_back(d);
  perm = node.attrs().ints("perm", perm);
  const auto strides = physical_strides(shape, node.in(0).layout);
  std::vector<std::int64_t> counts, from;
  for (const int d : physical_order(rank, node.out(0).layout)) {
    const auto source = static_cast<std::size_t>(perm[static_cast<std::size_t>(d)]);
    counts.push_back(shape[source]);
    from.push_back(strides[source]);
  }
  return copy_kernel(StridedCopy(node.in(0).dtype, dense_loops(counts, from)));
}

std::unique_ptr<Kernel> prepare_reorder(const NodeView& node, PrepareContext&) {
  const Shape shape = node.in_shape(0);
  const auto from = physical_strides(shape, node.in(0).layout), to = physical_strides(shape, node.out(0).layout);
  return copy_kernel(StridedCopy(node.in(0).dtype, box_loops(shape, from, to, node.out(0).layout)));
}

std::unique_ptr<Kernel> prepare_expand(const NodeView& node, PrepareContext&) {
  const SweepInput x{node.in_shape(0), node.in(0).layout};
  const Sweep sweep = make_sweep(node.out_shape(0), node.out(0).layout, {&x, 1});
  return copy_kernel(StridedCopy(node.in(0).dtype, dense_loops(sweep.sizes, sweep.strides[0])));
}

// Each dimension becomes two loops: over its repetitions, and over its elements.
std::unique_ptr<Kernel> prepare_tile(const NodeView& node, PrepareContext&) {
  const Shape in = node.in_shape(0), out = node.out_shape(0);
  const auto strides = physical_strides(in, node.in(0).layout);
  std::vector<std::int64_t> counts, from;
  for (const int dim : physical_order(static_cast<int>(in.size()), node.out(0).layout)) {
    const auto d = static_cast<std::size_t>(dim);
    counts.push_back(in[d] == 0 ? 0 : out[d] / in[d]);
    from.push_back(0);
    counts.push_back(in[d]);
    from.push_back(strides[d]);
  }
  return copy_kernel(StridedCopy(node.in(0).dtype, dense_loops(counts, from)));
}

}  // namespace

std::span<const KernelEntry> transpose_kernels() {
  static const KernelEntry entries[] = {{"Transpose", claim, prepare_transpose},
                                        {"onnxrun.Reorder", claim, prepare_reorder},
                                        {"Expand", claim_repeat, prepare_expand},
                                        {"Tile", claim_repeat, prepare_tile}};
  return entries;
}

}  // namespace onnxrun::cpu
