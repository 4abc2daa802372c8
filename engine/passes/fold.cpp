#include "engine/passes/fold.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "engine/base/string_bytes.h"
#include "engine/ir/op_def.h"
#include "engine/ir/reference.h"
#include "engine/passes/match.h"

namespace onnxrun {
namespace {

constexpr std::size_t kAlwaysSmall = std::size_t{1} << 20;  // bytes of a result that is never too large
constexpr std::size_t kGrowth = 8;                          // times the inputs' bytes that a larger result may have
constexpr std::size_t kCeiling = std::size_t{64} << 20;     // bytes that a result larger than its inputs may have
constexpr double kMostWork = 2e9;                           // multiply-adds of a naive kernel: a second or two

// Operators whose work is not proportional to their inputs and outputs.
constexpr std::array<std::string_view, 14> kHeavy = {"MatMul", "Gemm", "Conv", "ConvTranspose", "Einsum", "LSTM", "GRU", "RNN", "DFT",
                                                     "STFT", "FusedMatMul", "FusedConv", "QuantConv", "QuantMatMul"};
// Operators whose output shape depends on the data but can't exceed a multiple of the input.
constexpr std::array<std::string_view, 3> kBoundedByInput = {"NonZero", "Unique", "Compress"};

bool listed(const auto& names, const Node& n) { return std::ranges::find(names, n.op->name) != names.end(); }

// A constant that is read twice counts once.
std::size_t bytes_of(const Node& n, const std::vector<Tensor>& inputs) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto own = n.inputs.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(n.inputs.begin(), own, *own) == own) bytes += inputs[i].bytes() + string_bytes(inputs[i]);
  }
  return bytes;
}

bool affordable(const Graph& graph, const Node& n, const std::vector<Tensor>& inputs) {
  const std::size_t in_bytes = bytes_of(n, inputs);
  std::size_t out_bytes = 0;
  double out_elements = 0;
  for (const ValueId v : n.outputs) {
    if (v == ValueId::kNone) continue;
    const Type& type = graph.value(v).type;
    if (type.is_list() || type.dtype == DType::kUndefined) return false;
    if (type.dtype == DType::kString && in_bytes > kAlwaysSmall) return false;  // strings may become as long together as all of these
    const auto shape = type.static_shape();
    if (!shape) {
      if (!listed(kBoundedByInput, n) || in_bytes > kAlwaysSmall) return false;
      continue;
    }
    double elements = 1;
    for (const std::int64_t d : *shape) elements *= static_cast<double>(d);
    if (elements > static_cast<double>(kCeiling) * 8) return false;
    out_elements += elements;
    out_bytes += dtype_bytes(type.dtype, static_cast<std::int64_t>(elements));
  }
  if (out_bytes > std::max(kAlwaysSmall, in_bytes * kGrowth)) return false;
  if (out_bytes > std::max(in_bytes, kCeiling)) return false;
  if (!listed(kHeavy, n)) return true;
  // For a matrix product the last factor is its depth; for the others this is a bound from above.
  const Shape& a = inputs[0].shape();
  const bool product = n.op->name == "MatMul" || n.op->name == "Gemm" || n.op->name == "FusedMatMul";
  const double depth = product && !a.empty() ? static_cast<double>(std::max(a.back(), a[0])) : static_cast<double>(inputs[0].size());
  return out_elements * depth <= kMostWork;
}

}  // namespace

std::optional<std::vector<Tensor>> evaluate(const Graph& graph, NodeId id) {
  const Node& n = graph.node(id);
  if (!n.op->traits.deterministic || n.op->reference == nullptr || !n.subgraphs.empty() || n.outputs.empty()) return std::nullopt;
  std::vector<Tensor> inputs;
  for (const ValueId v : n.inputs) {
    if (v != ValueId::kNone && !graph.value(v).is_constant()) return std::nullopt;
    inputs.push_back(v == ValueId::kNone ? Tensor() : graph.value(v).constant);
  }
  if (!affordable(graph, n, inputs)) return std::nullopt;
  std::vector<Tensor> results;
  try {
    results = run_reference(graph, id, inputs);
  } catch (const Error&) {
    return std::nullopt;  // it may stand in a branch that is never taken
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (n.outputs[i] != ValueId::kNone && results[i].dtype() != graph.value(n.outputs[i]).type.dtype) return std::nullopt;
  }
  return results;
}

}  // namespace onnxrun
