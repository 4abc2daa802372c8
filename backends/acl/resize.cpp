// Resize of channels-last images by whole factors: nearest (asymmetric, floor) and linear (half_pixel, asymmetric,
// align_corners).
#include <arm_compute/core/KernelDescriptors.h>
#include <arm_compute/runtime/NEON/functions/NEScale.h>

#include <cmath>

#include "backends/acl/function.h"
#include "backends/acl/isa.h"
#include "backends/acl/kernels.h"
#include "backends/acl/simple.h"
#include "engine/backend/degenerate.h"

namespace onnxrun::acl {
namespace {

constexpr int kScales = 2;

// Whether `scale` keeps its quotients exact, so that ratios of sizes are the scale at every size. Nearest elements are found by
// multiplication with 1 / scale, which only powers of two survive unrounded.
bool serves(float scale, bool nearest) {
  if (scale < 1 || scale != std::floor(scale) || scale > 64) return false;
  const auto whole = static_cast<unsigned>(scale);
  return !nearest || (whole & (whole - 1)) == 0;
}

Claim claim(const NodeView& node) {
  const Type& x = node.in(0);
  if (std::string no = refuse_dtype(x.dtype); !no.empty()) return Claim::no("{}", no);
  if (!x.ranked() || x.rank() != 4 || x.layout != Layout::kChannelsLast) return Claim::no("no channels-last image");
  const Tensor* scales = node.constant(kScales);
  if (scales == nullptr || scales->size() != 4) return Claim::no("no four constant scales");
  const std::string mode = node.attrs().s("mode"), where = node.attrs().s("coordinate_transformation_mode");
  const bool nearest = mode == "nearest";
  if (nearest && (where != "asymmetric" || node.attrs().s("nearest_mode") != "floor"))
    return Claim::no("nearest {} {}", where, node.attrs().s("nearest_mode"));
  if (!nearest && mode != "linear") return Claim::no("mode {}", mode);
  if (!nearest && where != "half_pixel" && where != "asymmetric" && where != "align_corners")
    return Claim::no("linear {}", where);
  if (node.attrs().i("antialias", 0) != 0 || node.attrs().i("exclude_outside", 0) != 0)
    return Claim::no("antialias or exclude_outside");
  const auto s = scales->view<float>();
  if (s[0] != 1 || s[1] != 1 || !serves(s[2], nearest) || !serves(s[3], nearest))
    return Claim::no("scales {}, {}, {}, {}", s[0], s[1], s[2], s[3]);
  return second_choice();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  if (has_zero(node.out_shape(0))) return constant_kernel(0);
  const std::string where = node.attrs().s("coordinate_transformation_mode");
  const arm::ScaleKernelInfo info(
      node.attrs().s("mode") == "nearest" ? arm::InterpolationPolicy::NEAREST_NEIGHBOR : arm::InterpolationPolicy::BILINEAR,
      arm::BorderMode::REPLICATE, arm::PixelValue(),
      where == "half_pixel" ? arm::SamplingPolicy::CENTER : arm::SamplingPolicy::TOP_LEFT, false, where == "align_corners",
      arm::DataLayout::NHWC);
  const DType dtype = node.in(0).dtype;
  return single_kernel(ctx, "a resize", function_of<arm::NEScale>([info](arm::NEScale& f, const Views& v) {
                         f.configure(v[0].get(), v[1].get(), info);
                       }),
                       {{-1, image_info(dtype, image_of(node.in_shape(0))), Place::input(0)},
                        {-1, image_info(dtype, image_of(node.out_shape(0))), Place::output(0)}});
}

}  // namespace

std::span<const KernelEntry> resize_kernels() {
  static const KernelEntry entries[] = {{"Resize", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
