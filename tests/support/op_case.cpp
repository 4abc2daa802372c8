#include "tests/support/op_case.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/base/check.h"
#include "engine/base/half.h"
#include "engine/ir/reference.h"
#include "engine/ir/text.h"
#include "engine/ir/upgrade.h"

namespace onnxrun::test {
namespace {

const OpDef& find(const std::string& full) {
  const std::size_t dot = full.rfind('.');
  return dot == std::string::npos ? op(full) : op(full.substr(dot + 1), full.substr(0, dot));
}

Type parse_type(std::string text) {
  Type type;
  const std::size_t at = text.find('@');
  if (at != std::string::npos) {
    REQUIRE(text.substr(at) == "@channels_last");
    type.layout = Layout::kChannelsLast;
    text.resize(at);
  }
  const std::size_t open = text.find('[');
  REQUIRE(open != std::string::npos);
  type.dtype = dtype_from_name(text.substr(0, open));
  std::string dims = text.substr(open + 1, text.size() - open - 2);
  if (dims == "...") return type;
  type.shape.emplace();
  for (std::size_t begin = 0; begin < dims.size();) {
    const std::size_t end = std::min(dims.find(',', begin), dims.size());
    const auto dim = Dim::parse(dims.substr(begin, end - begin));
    REQUIRE(dim.has_value());
    type.shape->push_back(*dim);
    begin = end + 1;
  }
  return type;
}

// A graph with one node; its outputs are the graph's. With an old opset the node is upgraded.
Graph make_graph(const OpCase& c, const std::vector<ValueId>& inputs, Graph graph) {
  std::vector<std::string> given;
  for (const auto& [name, value] : c.attrs) given.push_back(name);
  const OpDef& def = find(c.op);
  const NodeId id = graph.add_node(def, inputs, c.attrs, c.outputs);
  for (const ValueId out : graph.node(id).outputs) graph.add_output("out", out);
  for (const auto& [attribute, text] : c.graphs) graph.node(id).subgraphs.emplace_back(attribute, parse_graph(text));
  graph.node(id).captures = c.captures;
  const bool old = c.opset != 0 && c.opset < def.versions.back();
  if ((old || def.reference == nullptr) && def.upgrade != nullptr) {
    UpgradeContext ctx(graph, id, c.opset != 0 ? c.opset : def.versions.back());
    ctx.mark_given(given);
    def.upgrade(ctx);
  }
  infer_graph(graph);
  return graph;
}

}  // namespace

std::vector<Tensor> run_op(const OpCase& c, const std::vector<Tensor>& inputs) {
  Graph graph;
  std::vector<ValueId> ids;
  for (const Tensor& t : inputs) ids.push_back(t ? graph.add_constant(t) : ValueId::kNone);
  graph = make_graph(c, ids, std::move(graph));
  for (const NodeId id : graph.topological_order()) {
    infer_node(graph, id);
    std::vector<Tensor> in;
    for (const ValueId v : graph.node(id).inputs) in.push_back(v == ValueId::kNone ? Tensor() : graph.value(v).constant);
    std::vector<Tensor> out = run_reference(graph, id, in);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!out[i]) continue;
      Value& value = graph.value(graph.node(id).outputs[i]);
      value.type = Type::tensor(out[i].dtype(), dims_of(out[i].shape()));
      value.constant = out[i];
    }
  }
  std::vector<Tensor> results;
  for (const Graph::Output& out : graph.outputs) results.push_back(graph.value(out.value).constant);
  return results;
}

namespace {

Graph typed_graph(const OpCase& c, const std::vector<std::string>& types) {
  Graph graph;
  std::vector<ValueId> ids;
  for (const std::string& t : types) {
    ids.push_back(t.empty() ? ValueId::kNone : graph.add_input("x" + std::to_string(ids.size()), parse_type(t)));
  }
  return make_graph(c, ids, std::move(graph));
}

}  // namespace

std::string infer_op(const OpCase& c, const std::vector<std::string>& types) {
  const Graph graph = typed_graph(c, types);
  std::string text;
  for (const Graph::Output& out : graph.outputs) text += (text.empty() ? "" : "; ") + graph.value(out.value).type.str();
  return text;
}

std::string operators_of(const OpCase& c, const std::vector<std::string>& types) {
  Graph graph = typed_graph(c, types);
  graph.remove_dead();
  std::string text;
  for (const NodeId id : graph.topological_order()) text += (text.empty() ? "" : " ") + op_full_name(*graph.node(id).op);
  return text;
}

namespace {

template <class Body>
std::string message_of(Body body) {
  try {
    body();
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kBadModel);
    return e.what();
  }
  return "";
}

template <class T>
Tensor make(Shape shape, const std::vector<T>& values) {
  return Tensor::of<T>(std::move(shape), std::span<const T>(values));
}

double real_at(const Tensor& t, std::size_t i) {
  switch (t.dtype()) {
    case DType::kFloat32: return t.view<float>()[i];
    case DType::kFloat64: return t.view<double>()[i];
    case DType::kFloat16: return static_cast<float>(t.view<Float16>()[i]);
    case DType::kBFloat16: return static_cast<float>(t.view<BFloat16>()[i]);
    default: return 0;
  }
}

}  // namespace

std::string infer_error(const OpCase& c, const std::vector<std::string>& types) {
  return message_of([&] { infer_op(c, types); });
}
std::string run_error(const OpCase& c, const std::vector<Tensor>& inputs) {
  return message_of([&] { run_op(c, inputs); });
}

Tensor f32(Shape shape, std::vector<float> values) { return make(std::move(shape), values); }
Tensor i64(Shape shape, std::vector<std::int64_t> values) { return make(std::move(shape), values); }
Tensor i32(Shape shape, std::vector<std::int32_t> values) { return make(std::move(shape), values); }
Tensor u8(Shape shape, std::vector<std::uint8_t> values) { return make(std::move(shape), values); }
Tensor i8(Shape shape, std::vector<std::int8_t> values) { return make(std::move(shape), values); }
Tensor strings(Shape shape, std::vector<std::string> values) { return make(std::move(shape), values); }
Tensor boolean(Shape shape, std::vector<int> values) {
  Tensor t(DType::kBool, std::move(shape));
  for (std::size_t i = 0; i < values.size(); ++i) t.view<bool>()[i] = values[i] != 0;
  return t;
}
Tensor ramp(Shape shape, float from, float step) {
  Tensor t(DType::kFloat32, std::move(shape));
  std::size_t i = 0;
  for (float& v : t.view<float>()) v = from + step * static_cast<float>(i++);
  return t;
}

Tensor map(Tensor t, float (*f)(float)) {
  for (float& v : t.view<float>()) v = f(v);
  return t;
}

Tensor sines(Shape shape) {
  return map(ramp(std::move(shape)), [](float x) { return std::sin(x); });
}

Tensor cosines(Shape shape) {
  return map(ramp(std::move(shape)), [](float x) { return std::cos(x); });
}

void check_tensor(const Tensor& got, const Tensor& want, double tolerance) {
  CHECK(dtype_name(got.dtype()) == dtype_name(want.dtype()));
  CHECK(got.shape() == want.shape());
  if (got.dtype() != want.dtype() || got.shape() != want.shape()) return;
  if (got.dtype() == DType::kString) {
    CHECK(std::ranges::equal(got.view<std::string>(), want.view<std::string>()));
    return;
  }
  const DType d = want.dtype();
  if (d != DType::kFloat32 && d != DType::kFloat64 && d != DType::kFloat16 && d != DType::kBFloat16) {
    const auto* a = static_cast<const std::uint8_t*>(got.data());
    const auto* b = static_cast<const std::uint8_t*>(want.data());
    for (std::size_t i = 0; i < want.bytes(); ++i) CHECK_MESSAGE(a[i] == b[i], "byte ", i);
    return;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(want.size()); ++i) {
    const double g = real_at(got, i), w = real_at(want, i);
    const bool same = g == w || (g != g && w != w) || std::fabs(g - w) <= tolerance * std::max(1.0, std::fabs(w));
    CHECK_MESSAGE(same, "element ", i, ": got ", g, ", want ", w);
  }
}

}  // namespace onnxrun::test
