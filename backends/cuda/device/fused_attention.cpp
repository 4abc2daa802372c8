// Attention by cuDNN's fused kernels, for 16 bits from compute capability 8.0 on. Its heuristics and its own support query decide; what they
// refuse is the tiled kernel's (attention.cu), as are masks of booleans, whose rows may hide all keys: those have to become zeros.
// A mask of floats is added to the scores as it is, or, where cuDNN wants it in the type of the queries, from a copy in the workspace.
#include <bit>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/device/cudnn_graph.h"

namespace onnxrun::cuda::device {
namespace {

enum Uid : std::int64_t { kQ = 1, kK, kV, kMask, kY };

struct FusedAttention {
  std::shared_ptr<fe::graph::Graph> graph;
  bool copies_mask = false;
  std::size_t mask_bytes = 0;  // of the copy, at the workspace's begin
};

fe::graph::Tensor_attributes tensor(Uid uid, const Sizes& sizes, const HeadStrides& s, Elem type) {
  fe::graph::Tensor_attributes t;
  t.set_uid(uid).set_dim(sizes).set_stride({s.batch, s.head, s.row, 1}).set_data_type(data_type(type));
  return t;
}

// Of the mask, [batch, heads, queries, keys] with a size of 1 where it repeats.
Sizes mask_sizes(const AttentionArgs& a) {
  const HeadStrides& s = a.mask_strides;
  return {s.batch == 0 ? 1 : a.batch, s.head == 0 ? 1 : a.heads, s.row == 0 ? 1 : a.queries, a.keys};
}

// As cuDNN is told of it. It repeats batches and heads of size 1, and a row whose stride is 0.
fe::graph::Tensor_attributes mask_tensor(const AttentionArgs& a, bool copied) {
  Sizes sizes = mask_sizes(a);
  const std::int64_t head = sizes[2] * sizes[3], batch = sizes[1] * head;
  HeadStrides s = a.mask_strides;
  if (copied) s = {batch, head, sizes[2] == 1 ? 0 : a.keys};
  if (sizes[0] == 1) s.batch = batch;
  if (sizes[1] == 1) s.head = head;
  sizes[2] = a.queries;
  return tensor(kMask, sizes, s, copied ? a.type : a.mask_type);
}

std::shared_ptr<fe::graph::Graph> describe(const Cudnn& lib, const AttentionArgs& a, bool copies_mask) {
  auto graph = new_graph(lib, a.type);
  fe::graph::SDPA_attributes options;
  options.set_generate_stats(false).set_attn_scale(a.scale);
  if (a.causal) options.set_diagonal_alignment(fe::DiagonalAlignment_t::TOP_LEFT).set_diagonal_band_right_bound(0);
  if (a.mask_type != Elem::kNone) options.set_bias(graph->tensor(mask_tensor(a, copies_mask)));
  const auto made = graph->sdpa(graph->tensor(tensor(kQ, {a.batch, a.heads, a.queries, a.size}, a.q_strides, a.type)),
                                graph->tensor(tensor(kK, {a.batch, a.kv_heads, a.keys, a.size}, a.k_strides, a.type)),
                                graph->tensor(tensor(kV, {a.batch, a.kv_heads, a.keys, a.v_size}, a.v_strides, a.type)), options);
  const auto lies = tensor(kY, {a.batch, a.heads, a.queries, a.v_size}, a.y_strides, a.type);
  made[0]->set_output(true).set_uid(kY).set_data_type(data_type(a.type)).set_dim(lies.get_dim()).set_stride(lies.get_stride());
  return graph;
}

const char* refusal(const AttentionArgs& a) {
  if (a.type != Elem::kF16 && a.type != Elem::kBF16) return "fused attention is for 16 bits";
  if (a.mask_type == Elem::kBool) return "a mask of booleans";
  if (a.mask_type != Elem::kNone && a.mask_keys != a.keys) return "a mask for some of the keys";
  for (const std::int64_t n : {a.batch, a.heads, a.kv_heads, a.queries, a.keys, a.size, a.v_size}) {
    if (n <= 0 || n >= std::int64_t{1} << 31) return "sizes that are 0 or too large";
  }
  return nullptr;
}

// The mask in the type of the queries, dense. What is below the type's range is its least number.
Status copy_mask(const AttentionArgs& a, void* to, Stream stream, Failure* why) {
  ElementwiseArgs args{};
  const Sizes sizes = mask_sizes(a);
  const std::int64_t strides[] = {a.mask_strides.batch, a.mask_strides.head, a.mask_strides.row, 1};
  args.loops.dims = 4;
  args.loops.total = 1;
  for (int d = 0; d < 4; ++d) {
    args.loops.total *= args.loops.counts[d] = sizes[static_cast<std::size_t>(d)];
    args.in_strides[0].at[d] = strides[d];
  }
  args.inputs = args.instructions = 1;
  args.in[0] = a.mask, args.in_type[0] = a.mask_type;
  args.out = to, args.out_type = a.type;
  const float least = a.type == Elem::kF16 ? -65504.0f : -3.3895314e38f;
  args.code[0] = {Code::kClip, {{0, 0}}, least, std::numeric_limits<float>::infinity()};
  return elementwise(args, stream, why);
}

// What sizes must have in common for one compiled kernel to serve them all. cuDNN's kernels differ by what powers of two divide the keys and
// the strides, up to a tile of 128 keys, by whether there is one batch, and by much else where there is one query: that is always compiled.
std::vector<std::int64_t> kind(const AttentionArgs& a, bool copies_mask) {
  const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
  std::vector<std::int64_t> parts{number(a.type), number(a.mask_type), number(a.causal), number(copies_mask), std::bit_cast<std::int32_t>(a.scale)};
  parts.insert(parts.end(), {a.heads, a.kv_heads, a.size, a.v_size, number(a.batch == 1), std::gcd(a.keys, std::int64_t{128})});
  for (const HeadStrides& s : {a.q_strides, a.k_strides, a.v_strides, a.y_strides, a.mask_strides}) {
    for (const std::int64_t stride : {s.batch, s.head, s.row}) parts.push_back(stride == 0 ? 0 : std::gcd(stride, std::int64_t{16}));
  }
  return parts;
}

// cuDNN compiles these kernels, which takes a second; it does so once for all sizes of a kind where it can.
fe::error_t choose(FusedAttention& made, Cudnn& lib, const AttentionArgs& a, bool copies_mask) {
  fe::error_t error;
  const std::scoped_lock lock(lib.mutex);
  for (const bool any_size : {true, false}) {
    if (any_size && a.queries == 1) continue;
    auto graph = describe(lib, a, copies_mask);
    if (any_size) {
      auto& kernels = lib.kernels[kind(a, copies_mask)];
      if (kernels == nullptr) kernels = std::make_shared<fe::KernelCache>();
      graph->set_dynamic_shape_enabled(true).set_kernel_cache(kernels);
    }
    if (error = plan(*graph, lib, 0); error.is_bad()) continue;
    made.graph = std::move(graph);
    break;
  }
  return error;
}

}  // namespace

Status make_attention(const AttentionArgs& a, void** fused, std::size_t* workspace, char (&how)[64], Failure* why) {
  if (const char* no = refusal(a)) return refuse(Status::kFailed, why, no);
  Cudnn& lib = cudnn();
  if (const char* no = lib.refusal()) return refuse(Status::kFailed, why, no);
  auto made = std::make_unique<FusedAttention>();
  try {
    auto error = choose(*made, lib, a, false);
    if (error.is_bad() && a.mask_type != Elem::kNone && a.mask_type != a.type) {
      error = choose(*made, lib, a, true);
      const Sizes mask = mask_sizes(a);
      made->copies_mask = true;
      made->mask_bytes = static_cast<std::size_t>(mask[0] * mask[1] * mask[2] * mask[3] * 2 + 255) / 256 * 256;
    }
    if (error.is_bad()) return refuse(Status::kFailed, why, ("cuDNN has no kernel for it: " + error.get_message()).c_str());
  } catch (const std::exception& e) {
    return refuse(Status::kFailed, why, e.what());
  }
  *workspace = made->mask_bytes + static_cast<std::size_t>(made->graph->get_workspace_size());
  std::snprintf(how, sizeof how, "attention, cuDNN, fused, %.20s", engine_of(*made->graph).c_str());
  *fused = made.release();
  return Status::kOk;
}

Status run_attention(void* fused, const AttentionArgs& a, void* workspace, Stream stream, Failure* why) {
  const FusedAttention& f = *static_cast<const FusedAttention*>(fused);
  Places places{{kQ, const_cast<void*>(a.q)}, {kK, const_cast<void*>(a.k)}, {kV, const_cast<void*>(a.v)}, {kY, a.y}};
  if (a.mask_type != Elem::kNone) places[kMask] = f.copies_mask ? workspace : const_cast<void*>(a.mask);
  if (f.copies_mask) {
    if (const Status s = copy_mask(a, workspace, stream, why); s != Status::kOk) return s;
  }
  return execute(*f.graph, places, static_cast<std::byte*>(workspace) + f.mask_bytes, stream, why);
}

void drop_attention(void* fused) { delete static_cast<FusedAttention*>(fused); }

}  // namespace onnxrun::cuda::device
