// LRN across channels and BatchNormalization at inference.
#include <arm_compute/runtime/NEON/functions/NEBatchNormalizationLayer.h>
#include <arm_compute/runtime/NEON/functions/NENormalizationLayer.h>

#include "backends/acl/function.h"
#include "backends/acl/isa.h"
#include "backends/acl/kernels.h"
#include "backends/acl/simple.h"
#include "engine/backend/degenerate.h"

namespace onnxrun::acl {
namespace {

arm::TensorInfo info_of(const Type& type) {
  if (type.layout == Layout::kChannelsLast) return image_info(type.dtype, image_of(*type.static_shape()));
  arm::TensorInfo info = dense_info(type.dtype, *type.static_shape());
  info.set_data_layout(arm::DataLayout::NCHW);
  return info;
}

std::string refuse(const NodeView& node) {
  if (std::string no = refuse_dtype(node.in(0).dtype); !no.empty()) return no;
  if (!node.in(0).ranked() || node.in(0).rank() != 4) return "input that is no image";
  return {};
}

Claim claim_lrn(const NodeView& node) {
  if (std::string no = refuse(node); !no.empty()) return Claim::no("{}", no);
  // The library's loop over neighbours in the innermost dimension reads what lies beyond it.
  if (node.in(0).layout != Layout::kPlain) return Claim::no("layout channels_last");
  if (node.attrs().i("size") % 2 == 0) return Claim::no("size {}, want an odd one", node.attrs().i("size"));
  return second_choice();
}

std::unique_ptr<Kernel> prepare_lrn(const NodeView& node, PrepareContext& ctx) {
  if (has_zero(node.in_shape(0))) return constant_kernel(0);
  const Attributes& a = node.attrs();
  const arm::NormalizationLayerInfo info(arm::NormType::CROSS_MAP, static_cast<std::uint32_t>(a.i("size")), a.f("alpha"),
                                         a.f("beta"), a.f("bias"));
  const auto configure = [info](arm::NENormalizationLayer& f, const Views& v) { f.configure(v[0].get(), v[1].get(), info); };
  return single_kernel(ctx, "an LRN", function_of<arm::NENormalizationLayer>(configure),
                       {{-1, info_of(node.in(0)), Place::input(0)}, {-1, info_of(node.out(0)), Place::output(0)}});
}

Claim claim_batch(const NodeView& node) {
  if (std::string no = refuse(node); !no.empty()) return Claim::no("{}", no);
  if (node.attrs().i("training_mode", 0) != 0) return Claim::no("training mode");
  for (int i = 1; i < 5; ++i) {
    if (node.in(i).dtype != node.in(0).dtype) return Claim::no("input {} is {}", i, dtype_name(node.in(i).dtype));
  }
  return second_choice();
}

std::unique_ptr<Kernel> prepare_batch(const NodeView& node, PrepareContext& ctx) {
  if (has_zero(node.in_shape(0))) return constant_kernel(0);
  std::vector<Argument> arguments = {{-1, info_of(node.in(0)), Place::input(0)}, {-1, info_of(node.out(0)), Place::output(0)}};
  for (int i = 1; i < 5; ++i) arguments.push_back({-1, dense_info(node.in(i).dtype, node.in_shape(i)), Place::input(i)});
  const auto configure = [epsilon = node.attrs().f("epsilon")](arm::NEBatchNormalizationLayer& f, const Views& v) {
    f.configure(v[0].get(), v[1].get(), v[4].get(), v[5].get(), v[3].get(), v[2].get(), epsilon);
  };
  return single_kernel(ctx, "a batch normalisation", function_of<arm::NEBatchNormalizationLayer>(configure),
                       std::move(arguments));
}

}  // namespace

std::span<const KernelEntry> normalization_kernels() {
  static const KernelEntry entries[] = {{"LRN", claim_lrn, prepare_lrn}, {"BatchNormalization", claim_batch, prepare_batch}};
  return entries;
}

}  // namespace onnxrun::acl
