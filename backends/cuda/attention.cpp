// Attention (ONNX 23 to 25) by one kernel that never writes the matrix of scores: cuDNN's, where it has one for 16 bits, or a tiled one of
// our own.
#include <cmath>

#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/claims.h"

namespace onnxrun::cuda {
namespace {

enum Input { kQ, kK, kV, kMask, kPastKey, kPastValue, kNonpad };

constexpr std::int64_t kMaxHead = 128;

// q, k, v or y: [batch, heads, length, size], or [batch, length, heads * size].
struct Heads {
  std::int64_t heads, length, size;
  HeadStrides strides;
};
Heads heads_of(const Shape& s, std::int64_t given) {
  if (s.size() == 4) return {s[1], s[2], s[3], {s[1] * s[2] * s[3], s[2] * s[3], s[3]}};
  return {given, s[1], s[2] / given, {s[1] * s[2], s[2] / given, s[2]}};
}

// A head's size, when it is a number.
std::optional<std::int64_t> head_size(const NodeView& node, int i) {
  const Dim& last = node.in(i).dims().back();
  if (!last.known()) return std::nullopt;
  return node.in(i).rank() == 4 ? last.value() : last.value() / node.attrs().i(i == kQ ? "q_num_heads" : "kv_num_heads", 1);
}

Claim claim(const NodeView& node) {
  for (const int i : {kQ, kV}) {
    if (!node.in(i).ranked() || node.in(i).rank() == 0) break;  // claim_attention says why
    const auto size = head_size(node, i);
    if (!size) return Claim::no("heads of unknown size");
    if (*size > kMaxHead) return Claim::no("heads of size {}, want {} at most", *size, kMaxHead);
  }
  return claim_attention(node);
}

void set_mask(const NodeView& node, AttentionArgs& args) {
  const Shape shape = node.in_shape(kMask);
  const List strides = dense_strides(shape, Layout::kPlain);
  const auto stride = [&](std::size_t from_back) -> std::int64_t {
    if (shape.size() < from_back || shape[shape.size() - from_back] == 1) return 0;
    return strides[shape.size() - from_back];
  };
  args.mask_type = elem_of(node.in(kMask).dtype);
  args.mask_strides = {stride(4), stride(3), stride(2)};
  args.mask_keys = shape.back();
}

class AttentionKernel final : public Kernel {
 public:
  AttentionKernel(CudaDevice& device, const AttentionArgs& args)
      : device_(device), args_(args), fused_(attention_handle(device.handles(), device.api(), args)) {}
  std::string describe() const override { return fused_->get() == nullptr ? "cuda attention" : "cuda " + fused_->how(); }
  std::size_t scratch_bytes() const override { return fused_->workspace(); }
  void run(const KernelArgs& args) const override {
    AttentionArgs a = args_;
    a.q = args.inputs[kQ].data, a.k = args.inputs[kK].data, a.v = args.inputs[kV].data, a.y = args.outputs[0].data;
    if (a.mask_type != Elem::kNone) a.mask = args.inputs[kMask].data;
    if (fused_->get() == nullptr) {
      call("Attention", device_.api().attention, a, device_.stream());
    } else {
      call("Attention", device_.api().run_attention, fused_->get(), a, args.scratch, device_.stream());
    }
  }

 private:
  const CudaDevice& device_;
  const AttentionArgs args_;
  const std::shared_ptr<const Handle> fused_;
};

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const std::int64_t q_heads = node.attrs().i("q_num_heads", 1), kv_heads = node.attrs().i("kv_num_heads", 1);
  const Heads q = heads_of(node.in_shape(kQ), q_heads), k = heads_of(node.in_shape(kK), kv_heads),
              v = heads_of(node.in_shape(kV), kv_heads);
  AttentionArgs args{.type = elem_of(node.in(kQ).dtype),
                     .mask_type = Elem::kNone,
                     .q_strides = q.strides,
                     .k_strides = k.strides,
                     .v_strides = v.strides,
                     .y_strides = heads_of(node.out_shape(0), q.heads).strides,
                     .batch = node.in_shape(kQ)[0],
                     .heads = q.heads,
                     .kv_heads = k.heads,
                     .queries = q.length,
                     .keys = k.length,
                     .size = q.size,
                     .v_size = v.size};
  args.scale =
      node.attrs().has("scale") ? node.attrs().f("scale") : static_cast<float>(1 / std::sqrt(static_cast<double>(q.size)));
  args.causal = node.attrs().i("is_causal", 0) != 0;
  if (node.has(kMask)) set_mask(node, args);
  return std::make_unique<AttentionKernel>(device_of(ctx), args);
}

}  // namespace

std::span<const KernelEntry> attention_kernels() {
  static const KernelEntry entries[] = {{"Attention", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cuda
