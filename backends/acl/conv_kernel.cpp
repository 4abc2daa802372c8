#include "backends/acl/conv_kernel.h"

#include "backends/acl/scheduler.h"
#include "backends/acl/status.h"

namespace onnxrun::acl {
namespace {

bool packs_bias(const Convolution& c) { return c.depthwise || c.quantized; }

}  // namespace

bool adds_bias(const NodeView& node, int bias, const Convolution& c) {
  return node.has(bias) && (!packs_bias(c) || node.constant(bias) != nullptr);
}

std::unique_ptr<Kernel> convolution_kernel(const NodeView& node, PrepareContext& ctx, const Convolution& c,
                                           const ConvolutionNode& of) {
  return guarded(fmt::format("prepare {}", of.what), [&] {
    auto kernel = std::make_unique<AclKernel>(ctx);
    const TurnScope turn(ctx.parallel, parts_for(ctx));
    const Staged s = stage_in(*kernel, node);
    ConvolutionPlaces at{of.before ? of.before(*kernel, s) : s.from, s.to, {}};
    if (c.bias) at.bias = packs_bias(c) ? Place::constant(*node.constant(of.bias)) : Place::input(of.bias);
    std::string prefix(staged_prefix(s));
    prefix += add_convolution(*kernel, c, at, *node.constant(of.weights), of.arranged);
    stage_out(*kernel, node, s);
    if (of.rest) add_rest(*kernel, node, *of.rest, dense_info(c.dtype, {element_count(node.out_shape(0))}), Place::output(0));
    for (int i = 1; i < node.inputs(); ++i) {
      if (i == of.weights || (i == of.bias && c.bias && packs_bias(c)) || c.quantized) kernel->set_unread(i);
    }
    kernel->finish(ctx, prefix);
    return kernel;
  });
}

}  // namespace onnxrun::acl
