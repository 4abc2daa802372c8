#include "engine/plan/batch_items.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/ir/op_def.h"

namespace onnxrun {
namespace {

// Operators that compute every item of input 0 by itself, whatever their attributes say. A view keeps items together in memory, so
// the first dimension of its result tells enough.
constexpr std::string_view kByItem[] = {"Conv", "ConvTranspose", "FusedConv", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool",
                                        "GlobalMaxPool", "GlobalLpPool", "BatchNormalization", "InstanceNormalization", "GroupNormalization",
                                        "LRN", "DepthToSpace", "SpaceToDepth", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Reorder"};
constexpr std::string_view kAlongAxis[] = {"Softmax", "LogSoftmax", "LayerNormalization", "Concat", "Split"};
constexpr std::string_view kProducts[] = {"MatMul", "Gemm", "FusedMatMul"};

// Each part reads the weights of matrix products anew: beyond this many bytes that costs more than parts gain (VGG16: 5 % lost).
constexpr std::int64_t kMostProductWeights = 32 << 20;

class Items {
 public:
  explicit Items(const Graph& graph) : graph_(graph) {}

  std::int64_t bytes() {
    if (graph_.inputs.empty()) return 0;
    const Type& first = graph_.value(graph_.inputs[0]).type;
    if (!first.ranked() || first.dims().empty() || first.dims()[0].symbol_name().empty()) return 0;
    batch_ = first.dims()[0];
    for (const ValueId v : graph_.inputs) {
      if (!measure(v)) return 0;
    }
    for (const NodeId id : graph_.topological_order()) {
      const Node& n = graph_.node(id);
      if (!keeps_apart(n) || !std::ranges::all_of(n.outputs, [&](ValueId v) { return v == ValueId::kNone || measure(v); })) return 0;
    }
    if (product_weights_ > kMostProductWeights) return 0;
    const bool all = std::ranges::all_of(graph_.outputs, [&](const Graph::Output& o) { return batched(o.value); });
    return all ? std::max<std::int64_t>(largest_, 1) : 0;
  }

 private:
  const Type& type(ValueId v) const { return graph_.value(v).type; }
  bool constant(ValueId v) const { return v == ValueId::kNone || graph_.value(v).is_constant(); }
  int rank(ValueId v) const { return type(v).rank(); }

  // [N, known sizes...]
  bool batched(ValueId v) const {
    if (constant(v) || !type(v).ranked() || type(v).dims().empty()) return false;
    const Dims& dims = type(v).dims();
    if (dtype_bits(type(v).dtype) < 8) return false;  // items would begin inside a byte
    return dims[0] == batch_ && std::all_of(dims.begin() + 1, dims.end(), [](const Dim& d) { return d.known(); });
  }

  bool measure(ValueId v) {
    if (!batched(v)) return false;
    std::int64_t count = 1;
    for (std::size_t i = 1; i < type(v).dims().size(); ++i) count *= type(v).dims()[i].value();
    largest_ = std::max(largest_, static_cast<std::int64_t>(dtype_bytes(type(v).dtype, count)));
    return true;
  }

  // An operand that meets every item alike.
  bool same_for_all(ValueId v, int out_rank) const {
    return v == ValueId::kNone || (constant(v) && (rank(v) < out_rank || type(v).dims()[0].is(1)));
  }

  bool aligned(const Node& n, std::size_t from) const {
    const int out_rank = rank(n.outputs[0]);
    return std::all_of(n.inputs.begin() + static_cast<std::ptrdiff_t>(from), n.inputs.end(), [&](ValueId v) {
      return same_for_all(v, out_rank) || (batched(v) && rank(v) == out_rank);
    });
  }

  bool others_constant(const Node& n) const { return std::all_of(n.inputs.begin() + 1, n.inputs.end(), [&](ValueId v) { return constant(v); }); }

  std::optional<std::vector<std::int64_t>> numbers(const Node& n, std::size_t input) const {
    if (n.inputs.size() <= input || n.inputs[input] == ValueId::kNone || !graph_.value(n.inputs[input]).contents) return std::nullopt;
    return known_shape(*graph_.value(n.inputs[input]).contents);
  }

  bool axes_without_first(const Node& n, std::size_t input) const {
    const auto axes = numbers(n, input);
    return axes && !axes->empty() && std::ranges::none_of(*axes, [&](std::int64_t a) { return a == 0 || a == -rank(n.inputs[0]); });
  }

  bool keeps_apart(const Node& n) {
    const auto is = [&](const auto& names) { return std::ranges::find(names, n.op->name) != std::end(names); };
    if (n.inputs.empty() || n.outputs.empty() || n.outputs[0] == ValueId::kNone || !type(n.outputs[0]).ranked() || !n.subgraphs.empty() ||
        !n.op->traits.deterministic || (n.op->domain != kOnnx && n.op->domain != kInternal)) {
      return false;
    }
    if (n.op->traits.elementwise) return aligned(n, 0);
    if (!batched(n.inputs[0])) return false;
    if (n.op->name == "FusedConv" && n.inputs.size() == 4) return constant(n.inputs[1]) && constant(n.inputs[2]) && aligned(n, 3);
    if (is(kByItem)) return others_constant(n);
    if (is(kProducts)) {
      if (constant(n.inputs[1])) product_weights_ += static_cast<std::int64_t>(graph_.value(n.inputs[1]).constant.bytes());
      return rank(n.inputs[0]) >= 2 && n.attrs.i("transA", 0) == 0 && constant(n.inputs[1]) && rank(n.inputs[1]) <= 2 && aligned(n, 2);
    }
    if (is(kAlongAxis)) {
      const std::int64_t axis = n.attrs.i("axis");
      const bool all = n.op->name == "Concat" ? std::ranges::all_of(n.inputs, [&](ValueId v) { return batched(v); }) : others_constant(n);
      return all && axis != 0 && axis != -rank(n.inputs[0]);
    }
    if (n.op->name == "Transpose") return !n.attrs.ints("perm", {}).empty() && n.attrs.ints("perm", {})[0] == 0;
    if (n.op->name.starts_with("Reduce")) return axes_without_first(n, 1);
    if (n.op->name == "Slice") return others_constant(n) && axes_without_first(n, 3);
    if (n.op->name == "Pad") {
      const auto pads = numbers(n, 1);
      return others_constant(n) && n.inputs.size() < 4 && pads && (*pads)[0] == 0 && (*pads)[pads->size() / 2] == 0;
    }
    return false;
  }

  const Graph& graph_;
  Dim batch_;
  std::int64_t largest_ = 0, product_weights_ = 0;
};

constexpr std::int64_t kLargest = 12 << 20;    // bytes of one activation: its reader writes another one
constexpr std::int64_t kWorthWaking = 1 << 18;  // bytes of a batch's largest activation from which on threads get parts of their own

std::int64_t cached_items(std::int64_t item_bytes, std::int64_t at_once) { return std::max<std::int64_t>(kLargest / (item_bytes * at_once), 1); }

// Items of parts that `threads` threads take side by side; 0: too many of them would have nothing to do in the end.
std::int64_t items_side_by_side(std::int64_t items, std::int64_t item_bytes, std::int64_t threads) {
  for (std::int64_t n = std::min(cached_items(item_bytes, threads), items / threads); n >= 1; --n) {
    if (items % (n * threads) == 0) return n;
  }
  const std::int64_t idle = (threads - items % threads) % threads;
  return idle * 8 <= items ? 1 : 0;
}

}  // namespace

std::int64_t bytes_of_independent_items(const Graph& graph) { return Items(graph).bytes(); }

std::int64_t most_items_per_part(std::int64_t item_bytes, int threads) { return std::max<std::int64_t>(cached_items(item_bytes, 1), threads); }

BatchDivision divide_batch(std::int64_t items, std::int64_t item_bytes, int threads) {
  if (threads > 1 && items >= threads && items * item_bytes >= kWorthWaking) {
    if (const std::int64_t n = items_side_by_side(items, item_bytes, threads); n > 0) return {n, threads};
  }
  const std::int64_t most = most_items_per_part(item_bytes, threads);
  if (items <= most) return {};
  for (std::int64_t n = most; n > most / 2; --n) {
    if (items % n == 0) return {n, 1};
  }
  return {most, 1};
}

}  // namespace onnxrun
