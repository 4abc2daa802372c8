// Transpose and onnxrun.Reorder: elements of any size in another order.
#include "backends/cpu/broadcast.h"
#include "backends/cpu/copy.h"
#include "backends/cpu/element.h"
#include "backends/cpu/isa.h"

namespace onnxrun::cpu {
namespace {

class CopyKernel : public Kernel {
 public:
  CopyKernel(DType dtype, std::vector<CopyLoop> loops) : copy_(dtype, std::move(loops)) {}
  std::string describe() const override { return fmt::format("{} {}", copy_.kind(), isa_name()); }
  void run(const KernelArgs& args) const override { copy_.run(args.inputs[0].data, args.outputs[0].data, args.parallel); }

 private:
  StridedCopy copy_;
};

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (!x.ranked()) return Claim::no("the input's rank is unknown");
  if (!has_element(x.dtype)) return Claim::no("elements of {}", dtype_name(x.dtype));
  if (x.rank() > kMaxLoops) return Claim::no("rank {}, at most {}", x.rank(), kMaxLoops);
  return Claim::yes();
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
  return std::make_unique<CopyKernel>(node.in(0).dtype, dense_loops(counts, from));
}

std::unique_ptr<Kernel> prepare_reorder(const NodeView& node, PrepareContext&) {
  const Shape shape = node.in_shape(0);
  const auto strides = physical_strides(shape, node.in(0).layout);
  std::vector<std::int64_t> counts, from;
  for (const int d : physical_order(static_cast<int>(shape.size()), node.out(0).layout)) {
    counts.push_back(shape[static_cast<std::size_t>(d)]);
    from.push_back(strides[static_cast<std::size_t>(d)]);
  }
  return std::make_unique<CopyKernel>(node.in(0).dtype, dense_loops(counts, from));
}

}  // namespace

std::span<const KernelEntry> transpose_kernels() {
  static const KernelEntry entries[] = {{"Transpose", claim, prepare_transpose}, {"onnxrun.Reorder", claim, prepare_reorder}};
  return entries;
}

}  // namespace onnxrun::cpu
