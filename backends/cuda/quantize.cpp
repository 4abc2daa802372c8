// QuantizeLinear to 8 bits and DequantizeLinear from 8 bits, with one scale for all, as element-wise programs.
#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/float_types.h"

namespace onnxrun::cuda {
namespace {

enum Input { kX, kScale, kZero };

bool is_byte(DType t) { return t == DType::kUInt8 || t == DType::kInt8; }

template <bool quantizes>
Claim claim(const NodeView& node) {
  const Type &x = node.in(kX), &scale = node.in(kScale), &y = node.out(0);
  if (!x.ranked()) return Claim::no("input of unknown rank");
  if (x.rank() > kMaxDims) return Claim::no("rank {}, at most {}", x.rank(), kMaxDims);
  const Type &floats = quantizes ? x : y, &bytes = quantizes ? y : x;
  if (!is_f32_like(floats.dtype) || !is_byte(bytes.dtype)) return Claim::no("from {} to {}", dtype_name(x.dtype), dtype_name(y.dtype));
  if (scale.dtype != DType::kFloat32) return Claim::no("scale is {}, want f32", dtype_name(scale.dtype));
  const auto shape = scale.static_shape();
  if (!shape || element_count(*shape) != 1 || shape->size() > static_cast<std::size_t>(x.rank())) return Claim::no("more than one scale");
  if (node.attrs().i("precision", 0) > static_cast<std::int64_t>(DType::kFloat32)) return Claim::no("attribute precision");
  return Claim::yes();
}

template <bool quantizes>
std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Nest nest = broadcast_nest(node);
  ElementwiseArgs args{};
  args.loops = nest.loops;
  args.inputs = node.inputs();
  for (int i = 0; i < node.inputs(); ++i) {
    args.in_type[i] = node.has(i) ? elem_of(node.in(i).dtype) : Elem::kNone;
    args.in_strides[i] = nest.strides[static_cast<std::size_t>(i)];
  }
  args.out_type = elem_of(node.out(0).dtype);
  const auto push = [&](Code code, int a, int b) {
    args.code[args.instructions++] = {code, {{a, 0}, {b, 0}, {}}, 0, 0};
    return args.inputs + args.instructions - 1;
  };
  int last = kX;
  if (quantizes) last = push(Code::kRound, push(Code::kDiv, kX, kScale), 0);
  if (node.has(kZero)) last = push(quantizes ? Code::kAdd : Code::kSub, last, kZero);
  if (!quantizes) push(Code::kMul, last, kScale);
  return std::make_unique<LaunchKernel<ElementwiseArgs>>(ctx, quantizes ? "quantize" : "dequantize", &Api::elementwise, args,
                                                         [](ElementwiseArgs& a, const KernelArgs& k) {
                                                           for (int i = 0; i < a.inputs; ++i) a.in[i] = k.inputs[static_cast<std::size_t>(i)].data;
                                                           a.out = k.outputs[0].data;
                                                         });
}

}  // namespace

std::span<const KernelEntry> quantize_kernels() {
  static const KernelEntry entries[] = {{"QuantizeLinear", claim<true>, prepare<true>}, {"DequantizeLinear", claim<false>, prepare<false>}};
  return entries;
}

}  // namespace onnxrun::cuda
