#include "engine/passes/match.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/half.h"

namespace onnxrun {
namespace {

// Calls body.operator()<T>() for the C++ type of a number; false when `dtype` has none.
template <class Body>
bool with_number_type(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::kFloat32: body.template operator()<float>(); return true;
    case DType::kFloat64: body.template operator()<double>(); return true;
    case DType::kFloat16: body.template operator()<Float16>(); return true;
    case DType::kBFloat16: body.template operator()<BFloat16>(); return true;
    case DType::kInt8: body.template operator()<std::int8_t>(); return true;
    case DType::kInt16: body.template operator()<std::int16_t>(); return true;
    case DType::kInt32: body.template operator()<std::int32_t>(); return true;
    case DType::kInt64: body.template operator()<std::int64_t>(); return true;
    case DType::kUInt8: body.template operator()<std::uint8_t>(); return true;
    case DType::kUInt16: body.template operator()<std::uint16_t>(); return true;
    case DType::kUInt32: body.template operator()<std::uint32_t>(); return true;
    case DType::kUInt64: body.template operator()<std::uint64_t>(); return true;
    default: return false;
  }
}

template <class T>
double to_double(T v) {
  if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
    return static_cast<float>(v);
  } else {
    return static_cast<double>(v);
  }
}

}  // namespace

ValueId input(const Node& node, int i) {
  return i < static_cast<int>(node.inputs.size()) ? node.inputs[static_cast<std::size_t>(i)] : ValueId::kNone;
}

ValueId output(const Node& node, int i) {
  return i < static_cast<int>(node.outputs.size()) ? node.outputs[static_cast<std::size_t>(i)] : ValueId::kNone;
}

NodeId made_by(const Graph& graph, ValueId v, std::string_view name, std::string_view domain) {
  if (v == ValueId::kNone) return NodeId::kNone;
  const Value& value = graph.value(v);
  return value.producer != NodeId::kNone && value.output == 0 && is_op(graph.node(value.producer), name, domain)
             ? value.producer
             : NodeId::kNone;
}

NodeId only_reader(const Graph& graph, NodeId id) {
  if (id == NodeId::kNone) return id;
  const Node& n = graph.node(id);
  for (std::size_t i = 1; i < n.outputs.size(); ++i) {
    if (n.outputs[i] != ValueId::kNone && graph.use_count(n.outputs[i]) > 0) return NodeId::kNone;
  }
  return n.outputs.empty() || n.outputs[0] == ValueId::kNone ? NodeId::kNone : graph.sole_user(n.outputs[0]);
}

ValueId other_input(const Graph& graph, NodeId id, ValueId v) {
  const Node& n = graph.node(id);
  if (n.inputs.size() != 2 || n.inputs[0] == n.inputs[1]) return ValueId::kNone;
  return n.inputs[0] == v ? n.inputs[1] : n.inputs[0];
}

const Tensor* constant(const Graph& graph, ValueId v) {
  return v != ValueId::kNone && graph.value(v).is_constant() ? &graph.value(v).constant : nullptr;
}

std::optional<double> scalar(const Graph& graph, ValueId v) {
  const Tensor* t = constant(graph, v);
  if (t == nullptr || t->size() != 1) return std::nullopt;
  const auto values = numbers(*t);
  return values.empty() ? std::nullopt : std::optional(values[0]);
}

std::optional<double> uniform(const Graph& graph, ValueId v) {
  constexpr std::int64_t kMost = 65536;
  const Tensor* t = constant(graph, v);
  if (t == nullptr || t->size() < 1 || t->size() > kMost) return std::nullopt;
  const auto values = numbers(*t);
  if (values.empty() || !std::ranges::all_of(values, [&](double x) { return x == values[0]; })) return std::nullopt;
  return values[0];
}

std::optional<std::vector<std::int64_t>> known_ints(const Graph& graph, ValueId v) {
  if (v == ValueId::kNone) return std::nullopt;
  const Value& value = graph.value(v);
  if (value.contents) return known_shape(*value.contents);
  if (!value.is_constant()) return std::nullopt;
  if (value.constant.dtype() == DType::kInt64) {
    const auto view = value.constant.view<std::int64_t>();
    return std::vector<std::int64_t>(view.begin(), view.end());
  }
  if (value.constant.dtype() == DType::kInt32) {
    const auto view = value.constant.view<std::int32_t>();
    return std::vector<std::int64_t>(view.begin(), view.end());
  }
  return std::nullopt;
}

bool has_rank(const Graph& graph, ValueId v) {
  return v != ValueId::kNone && graph.value(v).type.kind == TypeKind::kTensor && graph.value(v).type.ranked();
}

const Dims& dims(const Graph& graph, ValueId v) { return graph.value(v).type.dims(); }

bool same_shape(const Graph& graph, ValueId a, ValueId b) {
  return has_rank(graph, a) && has_rank(graph, b) && dims(graph, a) == dims(graph, b);
}

bool same_type(const Graph& graph, ValueId a, ValueId b) {
  return same_shape(graph, a, b) && graph.value(a).type.dtype == graph.value(b).type.dtype &&
         graph.value(a).type.layout == graph.value(b).type.layout;
}

bool is_float(const Graph& graph, ValueId v) {
  if (v == ValueId::kNone || graph.value(v).type.kind != TypeKind::kTensor) return false;
  const DType t = graph.value(v).type.dtype;
  return t == DType::kFloat32 || t == DType::kFloat16 || t == DType::kBFloat16 || t == DType::kFloat64;
}

std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> out;
  with_number_type(tensor.dtype(), [&]<class T>() {
    out.reserve(static_cast<std::size_t>(tensor.size()));
    for (const T v : tensor.view<T>()) out.push_back(to_double(v));
  });
  return out;
}

Tensor tensor_of(DType dtype, Shape shape, const std::vector<double>& values) {
  Tensor t(dtype, std::move(shape));
  require(t.size() == static_cast<std::int64_t>(values.size()), "{} values do not fill {} elements", values.size(), t.size());
  const bool known = with_number_type(dtype, [&]<class T>() {
    auto view = t.view<T>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
        view[i] = T(static_cast<float>(values[i]));
      } else {
        view[i] = static_cast<T>(values[i]);
      }
    }
  });
  require(known, "{} is not a type of numbers", dtype_name(dtype));
  return t;
}

Tensor ints_tensor(const std::vector<std::int64_t>& values) {
  return Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, std::span<const std::int64_t>(values));
}

void replace(Graph& graph, ValueId from, ValueId to) {
  if (from == to) return;
  if (graph.value(to).name.empty()) graph.value(to).name = std::exchange(graph.value(from).name, {});
  graph.replace_uses(from, to);
}

}  // namespace onnxrun
