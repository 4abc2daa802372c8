// onnxrun.Reorder: the same tensor in another layout.
#include "backends/onednn/isa.h"
#include "backends/onednn/kernels.h"
#include "backends/onednn/staging.h"
#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"
#include "engine/backend/degenerate.h"

namespace onnxrun::onednn {
namespace {

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  const bool byte = x.dtype == DType::kUInt8 || x.dtype == DType::kInt8;
  if (std::string no = byte ? "" : refuse_dtype(x.dtype); !no.empty()) return Claim::no("{}", no);
  if (!x.ranked()) return Claim::no("input of unknown rank");
  if (x.rank() < 3 || x.rank() > 5) return Claim::no("rank {}, want 3 to 5", x.rank());
  return Claim::yes();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  if (has_zero(node.in_shape(0))) return constant_kernel(0);
  return guarded("prepare a reorder", [&] {
    const int parts = parts_for(ctx);
    const PartsScope scope(parts);
    auto kernel = std::make_unique<PrimitiveKernel>(parts);
    add_reorder(*kernel, desc_of(node.in(0)), Place::input(0), desc_of(node.out(0)), Place::output(0));
    kernel->set_description("reorder");
    return kernel;
  });
}

}  // namespace

std::span<const KernelEntry> reorder_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.Reorder", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::onednn
