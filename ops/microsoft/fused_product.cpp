// Products of com.microsoft with something fused to them; they become the engine's own operators, or standard ones, at import.
//   FusedMatMul, TransposeMatMul(a, b)   alpha * a' @ b', a' and b' transposed as asked: onnxrun.FusedMatMul
//   FusedGemm(a, b, c?)                  act(Gemm)
//   FusedConv(x, w, b?, z?)              act(Conv + z): onnxrun.FusedConv
//   NhwcConv(x, w, b?), NhwcFusedConv    Conv on x [N, H, W, C] and w [M, kH, kW, C/group];  NhwcMaxPool likewise
//   ConvTransposeWithDynamicPads         ConvTranspose whose pads are an input; a constant here
#include <numeric>

#include "ops/microsoft/expand.h"

namespace onnxrun {
namespace {

// Dimension 0 moved behind the other batch dimensions: [d0, .., M, N] -> [.., d0, M] for transBatchA and transBatchB.
ValueId move_batch(UpgradeContext& ctx, int i) {
  const Type& type = ctx.type(i);
  require(ErrorCode::kUnsupported, type.ranked() && type.rank() >= 2, "transBatch needs an input {} of known rank, at least 2",
          i);
  Ints perm;
  for (int d = 1; d + 1 < type.rank(); ++d) perm.push_back(d);
  perm.push_back(0);
  perm.push_back(type.rank() - 1);
  return transpose(ctx, ctx.in(i), perm);
}

void fused_matmul(UpgradeContext& ctx) {
  ValueId a = ctx.in(0), b = ctx.in(1);
  if (ctx.attrs().i("transBatchA", 0) != 0) a = move_batch(ctx, 0);
  if (ctx.attrs().i("transBatchB", 0) != 0) b = move_batch(ctx, 1);
  const float alpha = ctx.attrs().f("alpha");
  const bool vectors = (ctx.type(0).ranked() && ctx.type(0).rank() < 2) || (ctx.type(1).ranked() && ctx.type(1).rank() < 2);
  if (vectors) {  // a vector is not transposed, what it meets is
    const auto transposed = [&](ValueId x, const char* flag) {
      const Type& type = type_of(ctx, x);
      if (ctx.attrs().i(flag) == 0 || (type.ranked() && type.rank() < 2)) return x;
      require(ErrorCode::kUnsupported, type.ranked(), "{} of a tensor of unknown rank by a vector is not supported", flag);
      Ints perm(static_cast<std::size_t>(type.rank()));
      std::iota(perm.begin(), perm.end(), std::int64_t{0});
      std::swap(perm.end()[-1], perm.end()[-2]);
      return transpose(ctx, x, perm);
    };
    const ValueId product = ctx.build("MatMul", {transposed(a, "transA"), transposed(b, "transB")});
    return ctx.replace_with({ctx.build("Mul", {product, scalar(ctx, ctx.type(0).dtype, alpha)})});
  }
  ctx.replace_with({build_fused(ctx, "FusedMatMul", {a, b},
                                {{"transA", ctx.attrs().i("transA")}, {"transB", ctx.attrs().i("transB")}, {"scale", alpha}})});
}

void fused_gemm(UpgradeContext& ctx) {
  NamedActivation activation{ctx.attrs().s("activation", ""), {}};
  for (const char* name : {"activation_alpha", "activation_beta"}) {
    if (ctx.attrs().has(name)) activation.parameters.push_back(ctx.attrs().f(name));
  }
  Attributes attrs;
  for (const char* name : {"alpha", "beta", "transA", "transB"}) attrs.set(name, *ctx.attrs().find(name));
  std::vector<ValueId> inputs = {ctx.in(0), ctx.in(1)};
  if (ctx.has(2)) inputs.push_back(ctx.in(2));
  ctx.replace_with({activate(ctx, ctx.build("Gemm", std::move(inputs), std::move(attrs)), activation)});
}

Attributes window_attributes(const Attributes& from) {
  Attributes attrs;
  for (const char* name : {"auto_pad", "ceil_mode", "dilations", "group", "kernel_shape", "output_padding", "pads", "strides"}) {
    if (const Attribute* value = from.find(name)) attrs.set(name, *value);
  }
  return attrs;
}

ValueId convolve(UpgradeContext& ctx, ValueId x, ValueId w, ValueId b, ValueId residual) {
  NamedActivation activation{ctx.attrs().s("activation", ""), {}};
  if (ctx.attrs().has("activation_params")) activation.parameters = ctx.attrs().floats("activation_params");
  Attributes attrs = window_attributes(ctx.attrs());
  if (activation.name.empty() && residual == ValueId::kNone) return ctx.build("Conv", {x, w, b}, std::move(attrs));
  Attributes fused = attrs;
  if (set_activation(fused, activation)) return build_fused(ctx, "FusedConv", {x, w, b, residual}, std::move(fused));
  return activate(ctx, add(ctx, ctx.build("Conv", {x, w, b}, std::move(attrs)), residual), activation);
}

void fused_conv(UpgradeContext& ctx) { ctx.replace_with({convolve(ctx, ctx.in(0), ctx.in(1), ctx.in(2), ctx.in(3))}); }

void nhwc_conv(UpgradeContext& ctx) {
  const auto plain = [&](ValueId v) { return v == ValueId::kNone ? v : transpose(ctx, v, {0, 3, 1, 2}); };
  const ValueId y = convolve(ctx, plain(ctx.in(0)), plain(ctx.in(1)), ctx.in(2), plain(ctx.in(3)));
  ctx.replace_with({transpose(ctx, y, {0, 2, 3, 1})});
}

void nhwc_max_pool(UpgradeContext& ctx) {
  const ValueId y = ctx.build("MaxPool", {transpose(ctx, ctx.in(0), {0, 3, 1, 2})}, window_attributes(ctx.attrs()));
  ctx.replace_with({transpose(ctx, y, {0, 2, 3, 1})});
}

void conv_transpose(UpgradeContext& ctx) {
  enum { kX, kW, kPads, kBias };
  Attributes attrs = window_attributes(ctx.attrs());
  if (ctx.has(kPads)) {
    const Value& pads = ctx.graph().value(ctx.in(kPads));
    require(ErrorCode::kUnsupported, pads.is_constant() && pads.type.dtype == DType::kInt64,
            "the pads are no constant int64 tensor");
    attrs.set("pads", Ints(pads.constant.view<std::int64_t>().begin(), pads.constant.view<std::int64_t>().end()));
  }
  ctx.replace_with({ctx.build("ConvTranspose", {ctx.in(kX), ctx.in(kW), ctx.in(kBias)}, std::move(attrs))});
}

OpDef row(std::string_view name, Arity inputs, void (*upgrade)(UpgradeContext&), std::vector<AttributeSpec> attributes) {
  return {.name = name, .domain = kMicrosoft, .inputs = inputs, .attributes = std::move(attributes), .upgrade = upgrade};
}

std::vector<AttributeSpec> window(std::initializer_list<AttributeSpec> own) {
  std::vector<AttributeSpec> specs = {
      {"auto_pad", std::string("NOTSET")}, {"dilations"}, {"kernel_shape"}, {"pads"}, {"strides"}};
  specs.insert(specs.end(), own);
  return specs;
}

}  // namespace

std::span<const OpDef> fused_product_ops() {
  const AttributeSpec group{"group", std::int64_t{1}};
  const std::vector<AttributeSpec> product = {{"alpha", 1.0f},
                                              {"transA", std::int64_t{0}},
                                              {"transB", std::int64_t{0}},
                                              {"transBatchA", std::int64_t{0}},
                                              {"transBatchB", std::int64_t{0}}};
  static const OpDef defs[] = {
      row("FusedMatMul", {2, 2}, fused_matmul, product),
      row("TransposeMatMul", {2, 2}, fused_matmul, product),
      row("FusedGemm", {2, 3}, fused_gemm,
          {{"activation"},
           {"activation_alpha"},
           {"activation_beta"},
           {"activation_gamma"},
           {"alpha", 1.0f},
           {"beta", 1.0f},
           {"transA", std::int64_t{0}},
           {"transB", std::int64_t{0}}}),
      row("FusedConv", {2, 4}, fused_conv, window({group, {"activation"}, {"activation_params"}})),
      row("NhwcConv", {2, 3}, nhwc_conv, window({group})),
      row("NhwcFusedConv", {2, 4}, nhwc_conv, window({group, {"activation"}, {"activation_params"}})),
      row("NhwcMaxPool", {1, 1}, nhwc_max_pool, window({{"ceil_mode", std::int64_t{0}}})),
      row("ConvTransposeWithDynamicPads", {2, 4}, conv_transpose, window({group, {"output_padding"}})),
  };
  return defs;
}

}  // namespace onnxrun
