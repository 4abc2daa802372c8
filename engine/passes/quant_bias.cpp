#include "engine/passes/quant_bias.h"

#include "engine/passes/channels.h"
#include "engine/passes/match.h"
#include "engine/passes/quantized.h"

namespace onnxrun {
namespace {

constexpr int kFactor = 2, kBias = 3;

// `numbers_of` says what the other operand of the Add is.
template <class NumbersOf>
void take_bias(Graph& graph, NodeId id, NumbersOf numbers_of) {
  const ValueId y = output(graph, id);
  const NodeId add = graph.sole_user(y);
  if (!is_op(graph, add, "Add") || input(graph, id, kBias) != ValueId::kNone) return;
  const ValueId other = other_input(graph, add, y);
  const Tensor* factor = constant(graph, input(graph, id, kFactor));
  if (other == ValueId::kNone || factor == nullptr || !has_rank(graph, y) || !same_type(graph, y, output(graph, add))) return;
  const std::optional<std::vector<double>> values = numbers_of(other, static_cast<std::size_t>(factor->size()));
  if (!values) return;
  if (graph.node(id).inputs.size() <= kBias) graph.resize_inputs(id, kBias + 1);
  graph.set_input(id, kBias, graph.add_constant(tensor_of(DType::kFloat32, {factor->size()}, *values)));
  take_over(graph, id, add);
}

}  // namespace

std::optional<std::vector<double>> row_numbers(const Graph& graph, ValueId v, std::size_t columns) {
  auto values = constant_numbers(graph, v);
  if (!values || !has_rank(graph, v)) return std::nullopt;
  const Dims& shape = dims(graph, v);
  if (values->size() == 1) return std::vector<double>(columns, (*values)[0]);
  const bool row = !shape.empty() && shape.back().is(static_cast<std::int64_t>(columns));
  return row && values->size() == columns ? values : std::nullopt;
}

void take_row_bias(Graph& graph, NodeId matmul) {
  take_bias(graph, matmul, [&](ValueId v, std::size_t columns) { return row_numbers(graph, v, columns); });
}

void take_channel_bias(Graph& graph, NodeId conv) {
  const ValueId y = output(graph, conv);
  take_bias(graph, conv, [&](ValueId v, std::size_t channels) {
    return per_channel(graph, v, static_cast<int>(dims(graph, y).size()), static_cast<std::int64_t>(channels));
  });
}

}  // namespace onnxrun
