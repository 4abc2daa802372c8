// DepthToSpace moves channels into blocks of pixels, SpaceToDepth back. With b = blocksize, in [N, C, H, W]:
//   DCR: channel (i * b + j) * C' + c of the deep form is pixel (h * b + i, w * b + j) of channel c; CRD: channel (c * b + i) * b + j.
// Versions: 11 added mode to DepthToSpace, 28 to SpaceToDepth; 13 a type.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/checks.h"
#include "ops/common/dispatch.h"
#include "ops/common/strided.h"

namespace onnxrun {
namespace {

Dim exact(const Dim& d, std::int64_t by, const char* what) {
  if (d.known()) require(d.value() % by == 0, "{} {} is not divisible by {}", what, d.value(), by);
  return floor_div(d, by);
}

template <bool kToSpace>
void infer(InferContext& ctx) {
  const std::int64_t b = ctx.attrs().i("blocksize");
  const std::string& mode = ctx.attrs().s("mode");
  require(b > 0 && b < (1 << 15), "blocksize = {}", b);
  require(mode == "DCR" || mode == "CRD", "mode = \"{}\", want DCR or CRD", mode);
  want_rank(ctx, 0, 4);
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), ctx.fresh_dims(4));
  const Dims& in = ctx.shape(0);
  if (kToSpace) {
    ctx.set(0, ctx.dtype(0), Dims{in[0], exact(in[1], b * b, "the number of channels"), in[2] * Dim(b), in[3] * Dim(b)});
  } else {
    ctx.set(0, ctx.dtype(0), Dims{in[0], in[1] * Dim(b * b), exact(in[2], b, "the height"), exact(in[3], b, "the width")});
  }
}

template <bool kToSpace>
void reference(ReferenceContext& ctx) {
  const std::int64_t b = ctx.attrs().i("blocksize");
  const auto deep = kToSpace ? ctx.in(0).shape : ctx.out(0).shape, wide = kToSpace ? ctx.out(0).shape : ctx.in(0).shape;
  const std::int64_t channels = wide[1], height = deep[2], width = deep[3], pixels = height * width;
  const bool dcr = ctx.attrs().s("mode") == "DCR";
  // Walked in the order n, c, h, i, w, j, which is that of the wide form.
  const Shape shape = {wide[0], channels, height, b, width, b};
  const std::int64_t i_step = dcr ? b * channels : b, j_step = dcr ? channels : 1, c_step = dcr ? 1 : b * b;
  const Strides strides = {deep[1] * pixels, c_step * pixels, width, i_step * pixels, 1, j_step * pixels};
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    T* y = ctx.out(0).as<T>();
    walk<2>(shape, {dense_strides(shape), strides}, [&](const auto& at) {
      if (kToSpace) {
        y[at[0]] = x[at[1]];
      } else {
        y[at[1]] = x[at[0]];
      }
    });
  });
}

}  // namespace

std::span<const OpDef> depth_to_space_ops() {
  static const OpDef defs[] = {
      {.name = "DepthToSpace", .versions = {1, 11, 13, 28}, .attributes = {{"blocksize", {}, true}, {"mode", std::string("DCR")}},
       .infer = infer<true>, .reference = reference<true>},
      {.name = "SpaceToDepth", .versions = {1, 13, 28}, .attributes = {{"blocksize", {}, true}, {"mode", std::string("DCR")}},
       .infer = infer<false>, .reference = reference<false>},
  };
  return defs;
}

}  // namespace onnxrun
