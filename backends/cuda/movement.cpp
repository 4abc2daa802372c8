// Operators that only move elements, as one strided copy or a few: Transpose, Reorder, Concat, Split, Slice, Expand, Tile, and
// those whose output is the input under another shape, for where it can't share the memory.
#include <algorithm>

#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/known_ints.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cuda {
namespace {

// One copy: from an input to an output, some elements into each.
struct Piece {
  CopyArgs args{};
  std::size_t input = 0, output = 0;
  std::int64_t from = 0, to = 0;
};

class PiecesKernel final : public Kernel {
 public:
  PiecesKernel(const CudaDevice& device, const char* what, std::vector<Piece> pieces)
      : device_(device), what_(what), pieces_(std::move(pieces)) {}
  std::string describe() const override { return fmt::format("cuda {}", what_); }
  bool reads(int input) const override {
    return std::ranges::any_of(pieces_, [&](const Piece& p) { return p.input == static_cast<std::size_t>(input); });
  }
  void run(const KernelArgs& args) const override {
    for (const Piece& p : pieces_) {
      if (p.args.loops.total == 0 || args.outputs[p.output].data == nullptr) continue;
      CopyArgs bound = p.args;
      bound.from = static_cast<const std::byte*>(args.inputs[p.input].data) + p.from * bound.bytes;
      bound.to = static_cast<std::byte*>(args.outputs[p.output].data) + p.to * bound.bytes;
      call(what_, device_.api().copy, bound, device_.stream());
    }
  }

 private:
  const CudaDevice& device_;
  const char* what_;
  std::vector<Piece> pieces_;
};

Piece piece(const NodeView& node, Nest nest) {
  Piece p;
  p.args.bytes = *element_bytes(node.in(0).dtype);
  p.args.loops = nest.loops;
  p.args.to_strides = nest.strides[0];
  p.args.from_strides = nest.strides[1];
  return p;
}

std::unique_ptr<Kernel> pieces_kernel(PrepareContext& ctx, const char* what, std::vector<Piece> pieces) {
  return std::make_unique<PiecesKernel>(device_of(ctx), what, std::move(pieces));
}

// Output 0 from input 0, where `from` has the source's stride for each of the output's dimensions.
std::unique_ptr<Kernel> one_copy(const NodeView& node, PrepareContext& ctx, const char* what, const List& from,
                                 std::int64_t offset = 0) {
  const Shape y = node.out_shape(0);
  Piece p = piece(node, box_nest(y, dense_strides(y, node.out(0).layout), from, node.out(0).layout));
  p.from = offset;
  return pieces_kernel(ctx, what, {p});
}

Claim claim_moving(const NodeView& node) {
  if (const std::string why = refuse_moving(node, 0); !why.empty()) return Claim::no("{}", why);
  if (!node.out(0).ranked() || node.out(0).rank() > kMaxDims) return Claim::no("rank above {} or unknown", kMaxDims);
  return Claim::yes();
}

std::unique_ptr<Kernel> prepare_transpose(const NodeView& node, PrepareContext& ctx) {
  const List dense = dense_strides(node.in_shape(0), node.in(0).layout);
  List from(dense.rbegin(), dense.rend());
  if (node.attrs().has("perm")) {
    const Ints perm = node.attrs().ints("perm");
    for (std::size_t d = 0; d < perm.size(); ++d) from[d] = dense[static_cast<std::size_t>(perm[d])];
  }
  return one_copy(node, ctx, "transpose", from);
}

std::unique_ptr<Kernel> prepare_reorder(const NodeView& node, PrepareContext& ctx) {
  return one_copy(node, ctx, "reorder", dense_strides(node.in_shape(0), node.in(0).layout));
}

// All elements in the order in which they lie.
std::unique_ptr<Kernel> prepare_view(const NodeView& node, PrepareContext& ctx) {
  const std::int64_t count = element_count(node.out_shape(0));
  return pieces_kernel(ctx, "copy", {piece(node, make_nest({count}, {{1}, {1}}))});
}
Claim claim_view(const NodeView& node) {
  if (node.in(0).ranked() && node.in(0).layout != Layout::kPlain)
    return Claim::no("input 0 is {}", layout_name(node.in(0).layout));
  return claim_moving(node);
}

Claim claim_repeat(const NodeView& node) {
  for (int i = 0; i < 2; ++i) {
    if (node.in(i).ranked() && node.in(i).layout != Layout::kPlain)
      return Claim::no("input {} is {}", i, layout_name(node.in(i).layout));
  }
  return claim_moving(node);
}
std::unique_ptr<Kernel> prepare_expand(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), y = node.out_shape(0);
  const List dense = dense_strides(x, Layout::kPlain);
  List from(y.size(), 0);
  for (std::size_t d = 0; d < x.size(); ++d) {
    if (x[d] != 1) from[y.size() - x.size() + d] = dense[d];
  }
  return one_copy(node, ctx, "expand", from);
}
// Each dimension as two: repeats, and the input's elements.
std::unique_ptr<Kernel> prepare_tile(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), y = node.out_shape(0);
  const List in = dense_strides(x, Layout::kPlain), out = dense_strides(y, Layout::kPlain);
  List counts, to, from;
  for (std::size_t d = 0; d < x.size(); ++d) {
    counts.insert(counts.end(), {x[d] == 0 ? 0 : y[d] / x[d], x[d]});
    to.insert(to.end(), {out[d] * x[d], out[d]});
    from.insert(from.end(), {0, in[d]});
  }
  return pieces_kernel(ctx, "tile", {piece(node, make_nest(counts, {to, from}))});
}
Claim claim_tile(const NodeView& node) {
  if (node.in(0).ranked() && node.in(0).rank() > kMaxDims / 2)
    return Claim::no("rank {}, at most {}", node.in(0).rank(), kMaxDims / 2);
  return claim_repeat(node);
}

std::unique_ptr<Kernel> prepare_concat(const NodeView& node, PrepareContext& ctx) {
  const List to = dense_strides(node.out_shape(0), node.out(0).layout);
  const auto axis = static_cast<std::size_t>(axis_of(node.attrs().i("axis"), node.out(0).rank()));
  std::vector<Piece> pieces;
  std::int64_t at = 0;
  for (int i = 0; i < node.inputs(); ++i) {
    const Shape part = node.in_shape(i);
    Piece& p = pieces.emplace_back(piece(node, box_nest(part, to, dense_strides(part, node.in(i).layout), node.out(0).layout)));
    p.input = static_cast<std::size_t>(i);
    p.to = at * to[axis];
    at += part[axis];
  }
  return pieces_kernel(ctx, "concat", std::move(pieces));
}
Claim claim_concat(const NodeView& node) {
  for (int i = 0; i < node.inputs(); ++i) {
    if (const std::string why = refuse_moving(node, i); !why.empty()) return Claim::no("{}", why);
  }
  return claim_moving(node);
}

std::unique_ptr<Kernel> prepare_split(const NodeView& node, PrepareContext& ctx) {
  const List from = dense_strides(node.in_shape(0), node.in(0).layout);
  const auto axis = static_cast<std::size_t>(axis_of(node.attrs().i("axis", 0), node.in(0).rank()));
  std::vector<Piece> pieces;
  std::int64_t at = 0;
  for (int o = 0; o < node.outputs(); ++o) {
    const Shape part = node.out_shape(o);
    Piece& p =
        pieces.emplace_back(piece(node, box_nest(part, dense_strides(part, node.out(o).layout), from, node.out(o).layout)));
    p.output = static_cast<std::size_t>(o);
    p.from = at * from[axis];
    at += part[axis];
  }
  return pieces_kernel(ctx, "split", std::move(pieces));
}
Claim claim_split(const NodeView& node) {
  for (int o = 0; o < node.outputs(); ++o) {
    if (!node.wants(o) || !node.out(o).ranked()) return Claim::no("output {} is absent or of unknown rank", o);
  }
  return claim_moving(node);
}

// The first element of start:end:step in a dimension of `size`, for a slice that is not empty.
std::int64_t first_element(std::int64_t start, std::int64_t step, std::int64_t size) {
  if (start < 0) start = start < -size ? -1 : start + size;
  return std::clamp<std::int64_t>(start, step < 0 ? -1 : 0, step < 0 ? size - 1 : size);
}
std::unique_ptr<Kernel> prepare_slice(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(0), y = node.out_shape(0);
  List from = dense_strides(x, node.in(0).layout);
  if (element_count(y) == 0) return one_copy(node, ctx, "slice", from);
  const List starts = *known_ints(node, 1), axes = known_ints(node, 3).value_or(List{}),
             steps = known_ints(node, 4).value_or(List{});
  std::int64_t offset = 0;
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const std::int64_t step = steps.empty() ? 1 : steps[k];
    const auto d =
        static_cast<std::size_t>(axis_of(axes.empty() ? static_cast<std::int64_t>(k) : axes[k], static_cast<int>(x.size())));
    offset += first_element(starts[k], step, x[d]) * from[d];
    from[d] *= y[d] == 1 ? 1 : step;  // a step beyond the dimension takes one element, and must not overflow
  }
  return one_copy(node, ctx, "slice", from, offset);
}
// Ends that are computed shapes are known when the kernel is made; starts have to be numbers now.
Claim claim_slice(const NodeView& node) {
  for (const int i : {1, 3, 4}) {
    if (node.has(i) && !known_ints(node, i)) return Claim::no("input {} (starts, axes or steps) is computed", i);
  }
  return claim_moving(node);
}

}  // namespace

std::span<const KernelEntry> movement_kernels() {
  static const KernelEntry entries[] = {
      {"Transpose", claim_moving, prepare_transpose}, {"onnxrun.Reorder", claim_moving, prepare_reorder},
      {"Expand", claim_repeat, prepare_expand},       {"Tile", claim_tile, prepare_tile},
      {"Concat", claim_concat, prepare_concat},       {"Split", claim_split, prepare_split},
      {"Slice", claim_slice, prepare_slice},          {"Reshape", claim_view, prepare_view},
      {"Flatten", claim_view, prepare_view},          {"Squeeze", claim_view, prepare_view},
      {"Unsqueeze", claim_view, prepare_view},
  };
  return entries;
}

}  // namespace onnxrun::cuda
