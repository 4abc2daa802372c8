// onnxrun.QuantMatMul: a product of 8-bit integers with constant weights. The library multiplies i8 by i8 and gives exact 32-bit sums; x of
// u8 goes in less 128. What is left, with z the zero point so shifted, is of two programs:
//   sums - z * (the sum of the weights' column)                   in integers
//   saturate(round(act(sums * x_scale * factor + bias) / y_scale) + y_zero)   in f32
#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/claims.h"
#include "engine/backend/device_weights.h"

namespace onnxrun::cuda {
namespace {

enum Input { kX, kW, kFactor, kBias, kXScale, kXZero };

Claim claim(const NodeView& node) {
  const Type& x = node.in(kX);
  if (const std::string no = refuse_byte_product(node); !no.empty()) return Claim::no("{}", no);
  if (x.rank() > kMaxDims) return Claim::no("rank {}, at most {}", x.rank(), kMaxDims);
  if (x.layout != Layout::kPlain) return Claim::no("input in layout {}", layout_name(x.layout));
  if (const Tensor* w = node.constant(kW); w->shape()[0] >= kTooManyByteProducts) return Claim::no("sums of {} products", w->shape()[0]);
  return Claim::yes();
}

// w [depth, width] as [width, depth]: integer products want both factors along the sum.
std::shared_ptr<const DeviceBuffer> turned(const Tensor& w, PrepareContext& ctx) {
  return device_weights(ctx.weights, w)->on(device_of(ctx), fmt::format("turned, {} wide", w.shape()[1]), w.bytes(), [&] {
    const auto depth = static_cast<std::size_t>(w.shape()[0]), width = static_cast<std::size_t>(w.shape()[1]);
    const auto to = std::make_shared<std::vector<std::int8_t>>(depth * width);
    const auto from = w.view<std::int8_t>();
    for (std::size_t k = 0; k < depth; ++k) {
      for (std::size_t n = 0; n < width; ++n) (*to)[n * depth + k] = from[k * width + n];
    }
    return std::shared_ptr<const void>(to, to->data());
  });
}

std::shared_ptr<const DeviceBuffer> column_sums(const Tensor& w, PrepareContext& ctx) {
  const auto width = static_cast<std::size_t>(w.shape()[1]);
  return device_weights(ctx.weights, w)->on(device_of(ctx), fmt::format("sums of {} columns", width), width * sizeof(std::int32_t), [&] {
    const auto sums = std::make_shared<std::vector<std::int32_t>>(width);
    const auto from = w.view<std::int8_t>();
    for (std::size_t i = 0; i < from.size(); ++i) (*sums)[i % width] += from[i];
    return std::shared_ptr<const void>(sums, sums->data());
  });
}

constexpr Operand reg(int r) { return {r, 0}; }
constexpr Operand literal(float v) { return {-1, v}; }

// A program over [rows, width]; inputs are of the whole, of a row, or one element.
class ProgramBuilder {
 public:
  enum class Spread { kWhole, kRow, kOne };
  ProgramBuilder(std::int64_t rows, std::int64_t width, bool integers, std::initializer_list<std::pair<Elem, Spread>> inputs) {
    std::vector<List> strides;
    for (const auto& [type, spread] : inputs) {
      strides.push_back(spread == Spread::kWhole ? List{width, 1} : spread == Spread::kRow ? List{0, 1} : List{0, 0});
      args_.in_type[args_.inputs++] = type;
    }
    const Nest nest = make_nest({rows, width}, strides);
    args_.loops = nest.loops;
    args_.integers = integers;
    for (std::size_t i = 0; i < strides.size(); ++i) args_.in_strides[i] = nest.strides[i];
  }
  // The instruction's register.
  Operand add(Code code, Operand a, Operand b = {}, float p = 0, float q = 0) {
    args_.code[args_.instructions++] = {code, {a, b, {}}, p, q};
    return reg(args_.inputs + args_.instructions - 1);
  }
  ElementwiseArgs finish(Elem out_type) {
    args_.out_type = out_type;
    return args_;
  }

 private:
  ElementwiseArgs args_{};
};
using Spread = ProgramBuilder::Spread;

ElementwiseArgs less_128(std::int64_t rows, std::int64_t depth) {
  ProgramBuilder b(rows, depth, true, {{Elem::kU8, Spread::kWhole}});
  b.add(Code::kSub, reg(0), literal(128));
  return b.finish(Elem::kI8);
}

// Inputs: sums, column sums, zero point.
ElementwiseArgs centred(const NodeView& node, std::int64_t rows, std::int64_t width, bool shifted) {
  const Elem zero_type = node.has(kXZero) ? elem_of(node.in(kXZero).dtype) : Elem::kNone;
  ProgramBuilder b(rows, width, true, {{Elem::kI32, Spread::kWhole}, {Elem::kI32, Spread::kRow}, {zero_type, Spread::kOne}});
  const Operand zero = b.add(Code::kSub, reg(2), literal(shifted ? 128 : 0));
  b.add(Code::kSub, reg(0), b.add(Code::kMul, zero, reg(1)));
  return b.finish(Elem::kI32);
}

// Inputs: sums, factors, bias, x_scale.
ElementwiseArgs scaled(const NodeView& node, std::int64_t rows, std::int64_t width) {
  const auto type = [&](int input) { return node.has(input) ? Elem::kF32 : Elem::kNone; };
  ProgramBuilder b(rows, width, false,
                   {{Elem::kI32, Spread::kWhole}, {Elem::kF32, Spread::kRow}, {type(kBias), Spread::kRow}, {type(kXScale), Spread::kOne}});
  Operand v = reg(0);
  if (node.has(kXScale)) v = b.add(Code::kMul, v, reg(3));
  v = b.add(Code::kMul, v, reg(1));
  if (node.has(kBias)) v = b.add(Code::kAdd, v, reg(2));
  if (const FusedEnd end = end_of(node); end.activation != Code::kCopy) v = b.add(end.activation, v, {}, end.p, end.q);
  if (node.out(0).dtype != DType::kFloat32) {
    v = b.add(Code::kRound, b.add(Code::kDiv, v, literal(node.attrs().f("y_scale"))));
    b.add(Code::kAdd, v, literal(static_cast<float>(node.attrs().i("y_zero"))));
  }
  return b.finish(elem_of(node.out(0).dtype));
}

std::size_t rounded(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

class QuantMatMulKernel final : public Kernel {
 public:
  QuantMatMulKernel(const NodeView& node, PrepareContext& ctx) : device_(device_of(ctx)) {
    const Tensor& w = *node.constant(kW);
    const Shape y = node.out_shape(0);
    const std::int64_t depth = w.shape()[0], width = w.shape()[1], rows = element_count(y) / width;
    if (rows == 0) return;
    weights_ = turned(w, ctx);
    shifted_ = node.in(kX).dtype == DType::kUInt8;
    if (shifted_) less_128_ = less_128(rows, depth);
    centres_ = shifted_ || node.has(kXZero);
    if (centres_) {
      column_sums_ = column_sums(w, ctx);
      centred_ = centred(node, rows, width, shifted_);
    }
    scaled_ = scaled(node, rows, width);
    sums_at_ = shifted_ ? rounded(static_cast<std::size_t>(rows * depth)) : 0;
    workspace_at_ = sums_at_ + rounded(static_cast<std::size_t>(rows * width) * sizeof(std::int32_t));
    const ProductSpec spec{.type = Elem::kI8, .precision = Precision::kExact, .trans_b = true, .batch = 1, .m = rows, .n = width, .k = depth,
                           .scale = 1, .end = {Code::kCopy, 0, 0}};
    handle_ = product_handle(device_of(ctx).handles(), device_.api(), "prepare a product of integers", spec);
  }
  std::size_t scratch_bytes() const override { return handle_ == nullptr ? 0 : workspace_at_ + handle_->workspace(); }
  bool reads(int input) const override { return input != kW; }
  std::string describe() const override { return "cuda " + (handle_ == nullptr ? "nothing" : handle_->how() + ", int8"); }
  void run(const KernelArgs& args) const override {
    if (handle_ == nullptr) return;
    const Stream stream = device_.stream();
    void* sums = args.scratch + sums_at_;
    const auto in = [&](std::size_t i) { return i < args.inputs.size() ? args.inputs[i].data : nullptr; };
    const void* x = in(kX);
    if (shifted_) {
      apply(less_128_, {x}, args.scratch, stream);
      x = args.scratch;
    }
    const ProductBuffers product{.a = x, .b = weights_->data(), .y = sums, .workspace = args.scratch + workspace_at_};
    call("product of integers", device_.api().run_product, handle_->get(), product, stream);
    if (centres_) apply(centred_, {sums, column_sums_->data(), in(kXZero)}, sums, stream);
    apply(scaled_, {sums, in(kFactor), in(kBias), in(kXScale)}, args.outputs[0].data, stream);
  }

 private:
  void apply(const ElementwiseArgs& program, std::initializer_list<const void*> inputs, void* out, Stream stream) const {
    ElementwiseArgs bound = program;
    std::ranges::copy(inputs, bound.in);
    bound.out = out;
    call("product of integers", device_.api().elementwise, bound, stream);
  }

  const CudaDevice& device_;
  bool shifted_ = false, centres_ = false;
  std::shared_ptr<const DeviceBuffer> weights_, column_sums_;
  std::shared_ptr<const Handle> handle_;
  ElementwiseArgs less_128_{}, centred_{}, scaled_{};
  std::size_t sums_at_ = 0, workspace_at_ = 0;
};

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) { return std::make_unique<QuantMatMulKernel>(node, ctx); }

}  // namespace

std::span<const KernelEntry> quant_matmul_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.QuantMatMul", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cuda
