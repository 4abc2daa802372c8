#include "engine/ir/flops.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/ir/op_def.h"

namespace onnxrun {
namespace {

// Counts are kept in double: hostile shapes must not overflow.
using Sizes = std::vector<double>;

class NodeCounter {
 public:
  NodeCounter(const Graph& graph, const Node& node, double symbol) : graph_(graph), node_(node), symbol_(symbol) {}

  double flops() const {
    const std::string_view op = node_.op->name;
    if (op == "Conv" || op == "ConvInteger" || op == "FusedConv" || op == "QuantConv") return convolution(output(), input(1));
    if (op == "QLinearConv") return convolution(output(), input(3));
    if (op == "ConvTranspose") return convolution(input(0), input(1));
    if (op == "Gemm") return 2 * product(output()) * gemm_depth();
    if (op == "MatMul" || op == "MatMulInteger" || op == "QLinearMatMul" || op == "FusedMatMul" || op == "QuantMatMul") {
      return 2 * product(output()) * last(input(0));
    }
    if (op == "Attention") return attention();
    if (op == "LSTM" || op == "GRU" || op == "RNN") return recurrent();
    return 0;
  }

 private:
  std::optional<Sizes> sizes(ValueId v) const {
    if (v == ValueId::kNone || !graph_.value(v).type.ranked()) return std::nullopt;
    Sizes result;
    for (const Dim& d : graph_.value(v).type.dims()) result.push_back(guessed_size(d, symbol_));
    return result;
  }
  std::optional<Sizes> input(std::size_t i) const { return i < node_.inputs.size() ? sizes(node_.inputs[i]) : std::nullopt; }
  std::optional<Sizes> output() const { return node_.outputs.empty() ? std::nullopt : sizes(node_.outputs[0]); }

  // 0 where the shape is unknown, so that the node counts nothing.
  static double product(const std::optional<Sizes>& s) {
    double p = s ? 1 : 0;
    if (s) {
      for (const double d : *s) p *= d;
    }
    return p;
  }
  static double last(const std::optional<Sizes>& s) { return s && !s->empty() ? s->back() : 0; }

  // Every element of `y` takes part in one product with each weight of its channel: [channels, ...].
  static double convolution(const std::optional<Sizes>& y, const std::optional<Sizes>& weights) {
    if (!weights || weights->empty() || weights->front() == 0) return 0;
    return 2 * product(y) * product(weights) / weights->front();
  }

  double gemm_depth() const {
    const auto a = input(0);
    return a && a->size() == 2 ? (node_.attrs.i("transA", 0) != 0 ? (*a)[0] : (*a)[1]) : 0;
  }

  // q . k^T and the product with v, for every head; q [B, H, S, D] or [B, S, H * D].
  double attention() const {
    const auto q = input(0), k = input(1), v = input(2), past = input(4);
    if (!q || !k || !v || q->size() != k->size() || q->size() != v->size() || q->size() < 3) return 0;
    const bool split = q->size() == 4;
    const double past_keys = past && past->size() == 4 ? (*past)[2] : 0;
    const double keys = (split ? (*k)[2] : (*k)[1]) + past_keys;
    if (split) return 2 * (*q)[0] * (*q)[1] * (*q)[2] * keys * ((*q)[3] + (*v)[3]);
    const auto kv_heads = static_cast<double>(std::max<std::int64_t>(node_.attrs.i("kv_num_heads", 1), 1));
    const auto heads = static_cast<double>(std::max<std::int64_t>(node_.attrs.i("q_num_heads", 1), 1));
    return 2 * (*q)[0] * (*q)[1] * keys * ((*q)[2] + (*v)[2] / kv_heads * heads);
  }

  // Each step multiplies with all weights [directions, gates * hidden, input or hidden].
  double recurrent() const {
    const auto x = input(0), w = input(1), r = input(2);
    if (!x || x->size() != 3) return 0;
    return 2 * (*x)[0] * (*x)[1] * (product(w) + product(r));
  }

  const Graph& graph_;
  const Node& node_;
  double symbol_;
};

double count(const Graph& graph) {
  double sum = 0;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const Node& node = graph.node(static_cast<NodeId>(i));
    if (!node.live) continue;
    double inner = 0;
    for (const Subgraph& s : node.subgraphs) inner = std::max(inner, count(*s.graph));
    sum += inner + node_flops(graph, node, 1);
  }
  return sum;
}

}  // namespace

double guessed_size(const Dim& d, double symbol) {
  const Dim bound = d.substitute([&](std::string_view) { return std::optional<Dim>(Dim(static_cast<std::int64_t>(symbol))); });
  return bound.known() && bound.value() >= 0 ? static_cast<double>(bound.value()) : symbol;
}

double node_flops(const Graph& graph, const Node& node, double symbol) { return NodeCounter(graph, node, symbol).flops(); }

std::int64_t count_flops(const Graph& graph) {
  constexpr double kMost = 9e18;
  return static_cast<std::int64_t>(std::min(count(graph), kMost));
}

}  // namespace onnxrun
