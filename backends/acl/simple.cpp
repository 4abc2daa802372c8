#include "backends/acl/simple.h"

#include <algorithm>

#include "backends/acl/isa.h"
#include "backends/acl/scheduler.h"
#include "backends/acl/status.h"

namespace onnxrun::acl {

std::unique_ptr<Kernel> single_kernel(PrepareContext& ctx, std::string_view what, MakeOperation make,
                                      std::vector<Argument> arguments) {
  return guarded(fmt::format("prepare {}", what), [&] {
    auto kernel = std::make_unique<AclKernel>(ctx);
    const TurnScope turn(ctx.parallel, parts_for(ctx));
    kernel->add(std::move(make), std::move(arguments));
    kernel->finish(ctx);
    return kernel;
  });
}

std::string refuse_tensors(const NodeView& node, int inputs, int max_rank) {
  for (int i = 0; i < inputs; ++i) {
    if (!node.has(i)) return fmt::format("input {} is absent", i);
    const Type& type = node.in(i);
    if (std::string no = refuse_dtype(type.dtype); !no.empty()) return no;
    if (!type.ranked() || type.rank() > max_rank) return fmt::format("rank above {} or unknown", max_rank);
    if (type.layout != node.in(0).layout) return "inputs in different layouts";
  }
  return {};
}

Shape physical_sizes(const Type& type) {
  Shape sizes = *type.static_shape();
  if (type.layout == Layout::kChannelsLast) std::rotate(sizes.begin() + 1, sizes.begin() + 2, sizes.end());
  return sizes;
}

Claim second_choice() { return Claim::yes(1.5); }

}  // namespace onnxrun::acl
