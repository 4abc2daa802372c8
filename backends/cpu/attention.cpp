// Attention (ONNX 23 to 25): softmax(scale q . k^T + mask) . v, without ever writing the whole score matrix.
//
// Work goes in units of one head and kQueryBlock queries. A thread takes neighbouring units, packs a head's keys and values
// once (transposed, in panels), and for each unit keeps the scores of its queries in the cache from the first product through
// the softmax to the second. Keys at the end that a padding mask hides from every query are skipped. Units don't depend on the
// number of threads, so neither do results.
#include <algorithm>
#include <cmath>

#include "backends/cpu/attention_block.h"
#include "backends/cpu/broadcast.h"
#include "backends/cpu/element.h"
#include "backends/cpu/isa.h"
#include "engine/backend/claims.h"
#include "engine/base/half.h"

namespace onnxrun::cpu {
namespace {

enum Input { kQ, kK, kV, kMask, kPastKey, kPastValue, kNonpad };

constexpr float kHidden = -1e30f;  // a mask value below it leaves a probability of exactly 0

// q, k or v: [batch, heads, length, size], whichever way it lies.
struct HeadsView {
  std::int64_t heads, length, size, row, head, batch;  // row, head, batch: strides in elements
  HeadsView(const Shape& shape, std::int64_t given_heads) {
    if (shape.size() == 4) {
      heads = shape[1], length = shape[2], size = shape[3];
      row = size, head = length * size;
    } else {
      heads = given_heads, length = shape[1], size = shape[2] / given_heads;
      row = shape[2], head = size;
    }
    batch = heads * length * size;
  }
};

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

class AttentionKernel : public Kernel {
 public:
  AttentionKernel(const NodeView& node, int threads)
      : q_(node.in_shape(kQ), node.attrs().i("q_num_heads", 1)),
        k_(node.in_shape(kK), node.attrs().i("kv_num_heads", 1)),
        v_(node.in_shape(kV), node.attrs().i("kv_num_heads", 1)),
        y_(node.out_shape(0), q_.heads),
        batch_(node.in_shape(kQ)[0]),
        type_(node.in(kQ).dtype),
        functions_(attention_functions(type_)),
        pieces_(threads) {
    base_.size = q_.size;
    base_.v_size = v_.size;
    base_.scale =
        node.attrs().has("scale") ? node.attrs().f("scale") : static_cast<float>(1 / std::sqrt(static_cast<double>(q_.size)));
    base_.causal = node.attrs().i("is_causal", 0) != 0;
    base_.q_stride = q_.row, base_.k_stride = k_.row, base_.v_stride = v_.row, base_.y_stride = y_.row;
    if (node.has(kMask)) set_mask(node);
    measure_scratch();
  }

  std::size_t scratch_bytes() const override { return static_cast<std::size_t>(piece_floats_ * pieces_) * sizeof(float); }
  std::string describe() const override { return fmt::format("attention {}", isa_name()); }

  void run(const KernelArgs& args) const override {
    const std::int64_t blocks = (q_.length + kQueryBlock - 1) / kQueryBlock;
    const std::int64_t units = batch_ * q_.heads * blocks;
    if (units == 0 || v_.size == 0) return;
    const auto pieces = static_cast<int>(std::min<std::int64_t>({units, pieces_, args.parallel.threads()}));
    args.parallel.tasks(pieces, [&](int piece) {
      run_units(args, blocks, units * piece / pieces, units * (piece + 1) / pieces,
                reinterpret_cast<float*>(args.scratch) + piece * piece_floats_);
    });
  }

 private:
  void set_mask(const NodeView& node) {
    const Shape shape = node.in_shape(kMask);
    const auto strides = physical_strides(shape, Layout::kPlain);
    std::int64_t* const targets[] = {&mask_batch_, &mask_head_, &base_.mask_row_stride};
    for (std::size_t d = 0; d < 3; ++d) {
      const std::size_t from_back = 4 - d;  // this dimension's place, counted from the mask's last
      if (shape.size() < from_back) continue;
      const std::size_t at = shape.size() - from_back;
      *targets[d] = shape[at] == 1 ? 0 : strides[at];
    }
    base_.mask_dtype = node.in(kMask).dtype;
    base_.mask_keys = shape.back();
  }

  void measure_scratch() {
    const std::int64_t columns = functions_.tile_columns, keys = round_up(k_.length, columns);
    const std::int64_t sizes[] = {
        keys * q_.size, round_up(v_.size, columns) * k_.length, kQueryBlock * q_.size, kQueryBlock * score_stride(keys), keys,
        kQueryBlock};
    for (std::size_t i = 0; i < std::size(sizes); ++i) {
      offsets_[i] = piece_floats_;
      piece_floats_ += round_up(sizes[i], 16);
    }
    piece_floats_ += 64;  // pieces of different threads share no cache line or page offset
  }

  float mask_value(const std::byte* mask, std::int64_t i) const {
    switch (base_.mask_dtype) {
      case DType::kBool: return reinterpret_cast<const std::uint8_t*>(mask)[i] != 0 ? 0.0f : kHidden;
      case DType::kBFloat16: return static_cast<float>(reinterpret_cast<const BFloat16*>(mask)[i]);
      case DType::kFloat16: return static_cast<float>(reinterpret_cast<const Float16*>(mask)[i]);
      default: return reinterpret_cast<const float*>(mask)[i];
    }
  }

  // How many keys count: none after the last that the mask lets through, when it is the same for all queries.
  std::int64_t visible_keys(const std::byte* mask) const {
    if (mask == nullptr || base_.mask_keys == 1) return k_.length;
    const std::int64_t covered = std::min(k_.length, base_.mask_keys);
    if (base_.mask_row_stride != 0) return covered;
    for (std::int64_t j = covered; j > 0; --j) {
      if (!(mask_value(mask, j - 1) <= kHidden)) return j;
    }
    return covered;
  }

  void run_units(const KernelArgs& args, std::int64_t blocks, std::int64_t begin, std::int64_t end, float* scratch) const {
    AttentionHead h = base_;
    float** const places[] = {&h.k_packed, &h.v_packed, &h.queries, &h.scores, &h.bias, &h.factors};
    for (std::size_t i = 0; i < std::size(places); ++i) *places[i] = scratch + offsets_[i];
    const auto at = [&](const TensorView& t, std::int64_t element) {
      return static_cast<std::byte*>(t.data) + element * element_bytes(t.dtype);
    };
    std::int64_t packed = -1, packed_keys = 0;
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t head = unit / blocks % q_.heads, b = unit / blocks / q_.heads;
      const std::int64_t kv_head = head / (q_.heads / k_.heads);
      h.q = at(args.inputs[kQ], b * q_.batch + head * q_.head);
      h.k = at(args.inputs[kK], b * k_.batch + kv_head * k_.head);
      h.v = at(args.inputs[kV], b * v_.batch + kv_head * v_.head);
      h.y = at(args.outputs[0], b * y_.batch + head * y_.head);
      if (base_.mask_keys > 0) h.mask = at(args.inputs[kMask], b * mask_batch_ + head * mask_head_);
      h.keys = visible_keys(h.mask);
      if (packed != b * k_.heads + kv_head || packed_keys != h.keys) {
        functions_.pack(h);
        packed = b * k_.heads + kv_head;
        packed_keys = h.keys;
      }
      const std::int64_t first = unit % blocks * kQueryBlock;
      functions_.attend(h, first, std::min(kQueryBlock, q_.length - first));
    }
  }

  HeadsView q_, k_, v_, y_;
  std::int64_t batch_;
  DType type_;
  AttentionFunctions functions_;
  std::int64_t pieces_;
  AttentionHead base_;
  std::int64_t mask_batch_ = 0, mask_head_ = 0;
  std::int64_t offsets_[6] = {}, piece_floats_ = 0;
};

}  // namespace

std::span<const KernelEntry> attention_kernels() {
  static const KernelEntry entries[] = {
      {"Attention", claim_attention, [](const NodeView& node, PrepareContext& ctx) -> std::unique_ptr<Kernel> {
         return std::make_unique<AttentionKernel>(node, ctx.parallel.threads());
       }}};
  return entries;
}

}  // namespace onnxrun::cpu
