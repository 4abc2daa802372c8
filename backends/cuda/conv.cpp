// Conv, onnxrun.FusedConv: y = act(conv(x, w) + bias + residual) in one or two spatial dimensions, channels-last. Plain tensors
// are copied there and back. Weights are laid out anew once, and shared by all plans and sessions of a model.
#include <cstring>

#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "backends/cuda/windows.h"
#include "engine/backend/device_weights.h"
#include "engine/backend/float_types.h"

namespace onnxrun::cuda {
namespace {

constexpr int kX = 0, kWeights = 1, kBias = 2, kResidual = 3;

Claim claim(const NodeView& node) {
  const Type& x = node.in(kX);
  if (!is_f32_like(x.dtype)) return Claim::no("input 0 is {}, want f32, f16 or bf16", dtype_name(x.dtype));
  if (!x.ranked()) return Claim::no("input of unknown rank");
  if (x.rank() < 3 || x.rank() > 4) return Claim::no("{} spatial dimensions, want 1 or 2", x.rank() - 2);
  if (node.constant(kWeights) == nullptr) return Claim::no("the weights are computed");
  if (node.in(kWeights).layout != Layout::kPlain) return Claim::no("weights in layout {}", layout_name(node.in(kWeights).layout));
  if (node.has(kResidual) && node.in(kResidual).layout != x.layout) {
    return Claim::no("residual in layout {}, input in {}", layout_name(node.in(kResidual).layout), layout_name(x.layout));
  }
  if (node.out(0).layout != x.layout) return Claim::no("from {} to {}", layout_name(x.layout), layout_name(node.out(0).layout));
  if (x.layout == Layout::kPlain) return Claim::yes(3, "plain layout: copied to channels-last and back");
  return Claim::yes();
}

// [filters, channels / groups, kernel...] as [filters, kernel..., channels / groups], in device memory.
std::shared_ptr<const DeviceBuffer> laid_out(const Tensor& w, PrepareContext& ctx) {
  return device_weights(ctx.weights, w)->on(device_of(ctx), "channels last", w.bytes(), [&] {
    const Shape& s = w.shape();
    const std::int64_t inner = s[1], places = element_count(std::span(s).subspan(2));
    const auto bytes = static_cast<std::size_t>(*element_bytes(w.dtype()));
    const auto laid = std::make_shared<std::vector<std::byte>>(w.bytes());
    std::vector<std::byte>& to = *laid;
    const auto* from = static_cast<const std::byte*>(w.data());
    ctx.parallel.range(s[0], 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t f = begin; f < end; ++f) {
        for (std::int64_t c = 0; c < inner; ++c) {
          for (std::int64_t p = 0; p < places; ++p) {
            const std::int64_t at = (f * inner + c) * places + p, goes = (f * places + p) * inner + c;
            std::memcpy(to.data() + static_cast<std::size_t>(goes) * bytes, from + static_cast<std::size_t>(at) * bytes, bytes);
          }
        }
      }
    });
    return std::shared_ptr<const void>(laid, to.data());
  });
}

class ConvKernel final : public Kernel {
 public:
  ConvKernel(const NodeView& node, PrepareContext& ctx) : device_(device_of(ctx)), api_(device_.api()) {
    const Shape x = node.in_shape(kX), w = node.in_shape(kWeights), y = node.out_shape(0);
    if (element_count(y) == 0) return;
    Window window = read_window(node.attrs(), Ints(w.begin() + 2, w.end()));
    resolve_auto_pad(window, std::span(x).subspan(2));
    ConvSpec spec{.type = elem_of(node.in(kX).dtype),
                  .precision = ctx.math == Math::kExact ? Precision::kExact : Precision::kTf32,
                  .batch = x[0],
                  .channels = x[1],
                  .filters = w[0],
                  .groups = node.attrs().i("group"),
                  .spatial = static_cast<int>(x.size()) - 2,
                  .bias = node.has(kBias),
                  .residual = node.has(kResidual),
                  .end = end_of(node)};
    set_axes(spec.axes, window, x, y);
    bias_ = spec.bias, residual_ = spec.residual;
    weights_ = laid_out(*node.constant(kWeights), ctx);
    handle_ = conv_handle(device_of(ctx).handles(), device_of(ctx).choices(), api_, "prepare a convolution", spec);
    if (node.in(kX).layout == Layout::kPlain) stage(node, x, y);
  }
  bool reads(int input) const override { return input != kWeights; }
  std::size_t scratch_bytes() const override { return handle_ == nullptr ? 0 : workspace_at() + handle_->workspace(); }
  std::string describe() const override {
    return handle_ == nullptr ? "cuda nothing"
                              : fmt::format("cuda {}{}", handle_->how(), staged_ ? ", by way of channels-last" : "");
  }

  void run(const KernelArgs& args) const override {
    if (handle_ == nullptr) return;
    const Stream stream = device_.stream();
    ConvBuffers b{
        .x = args.inputs[kX].data, .w = weights_->data(), .y = args.outputs[0].data, .workspace = args.scratch + workspace_at()};
    if (bias_) b.bias = args.inputs[kBias].data;
    if (residual_) b.residual = args.inputs[kResidual].data;
    if (staged_) {
      std::byte *x = args.scratch, *y = x + x_bytes_, *residual = y + y_bytes_;
      move(to_last_x_, b.x, x, stream);
      if (residual_) move(to_last_y_, b.residual, residual, stream);
      b.x = x, b.y = y;
      if (residual_) b.residual = residual;
    }
    call("convolution", api_.run_conv, handle_->get(), b, stream);
    if (staged_) move(to_plain_y_, b.y, args.outputs[0].data, stream);
  }

 private:
  std::size_t workspace_at() const { return x_bytes_ + y_bytes_ * (residual_ ? 2 : 1); }
  void stage(const NodeView& node, const Shape& x, const Shape& y) {
    staged_ = true;
    const auto make = [&](const Shape& s, Layout to, Layout from) {
      const Nest nest = box_nest(s, dense_strides(s, to), dense_strides(s, from), to);
      return CopyArgs{.bytes = *element_bytes(node.in(kX).dtype),
                      .loops = nest.loops,
                      .to_strides = nest.strides[0],
                      .from_strides = nest.strides[1]};
    };
    to_last_x_ = make(x, Layout::kChannelsLast, Layout::kPlain);
    to_last_y_ = make(y, Layout::kChannelsLast, Layout::kPlain);
    to_plain_y_ = make(y, Layout::kPlain, Layout::kChannelsLast);
    const auto rounded = [&](const Shape& s) { return (dtype_bytes(node.in(kX).dtype, element_count(s)) + 255) / 256 * 256; };
    x_bytes_ = rounded(x);
    y_bytes_ = rounded(y);
  }
  void move(const CopyArgs& how, const void* from, void* to, Stream stream) const {
    CopyArgs bound = how;
    bound.from = from;
    bound.to = to;
    call("convolution", api_.copy, bound, stream);
  }

  const CudaDevice& device_;
  const Api& api_;
  bool bias_ = false, residual_ = false, staged_ = false;
  std::shared_ptr<const DeviceBuffer> weights_;
  std::shared_ptr<const Handle> handle_;
  CopyArgs to_last_x_{}, to_last_y_{}, to_plain_y_{};
  std::size_t x_bytes_ = 0, y_bytes_ = 0;
};

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) { return std::make_unique<ConvKernel>(node, ctx); }

}  // namespace

std::span<const KernelEntry> conv_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.FusedConv", claim, prepare}, {"Conv", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cuda
