#include "tests/support/op_text.h"

#include <doctest/doctest.h>

#include "engine/base/check.h"
#include "engine/ir/text.h"
#include "engine/ir/upgrade.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

template <class Body>
std::string message_of(Body body) {
  try {
    body();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

std::string types_of(std::string_view text) {
  const Graph graph = parse_graph(text);
  std::string out;
  for (const Graph::Output& o : graph.outputs) {
    const Value& v = graph.value(o.value);
    out += (out.empty() ? "" : "; ") + v.type.str();
    if (!v.contents) continue;
    const std::string list = dims_str(*v.contents);
    out += " = {" + list.substr(1, list.size() - 2) + "}";
  }
  return out;
}

std::string error_of(std::string_view text) {
  return message_of([&] { parse_graph(text); });
}

std::vector<Tensor> results_of(std::string_view text) { return run_graph_reference(parse_graph(text), {}); }

std::string run_error_of(std::string_view text) {
  return message_of([&] { results_of(text); });
}

std::string upgraded(std::string_view name, int opset, const std::vector<OldInput>& inputs, Attributes attrs, int outputs) {
  Graph graph;
  std::vector<ValueId> ids;
  for (const OldInput& in : inputs) {
    if (in.constant) {
      ids.push_back(graph.add_constant(in.constant));
      continue;
    }
    const Graph typed = parse_graph("graph(%x: " + in.type + ") -> (%x) {}");
    ids.push_back(graph.add_input("x" + std::to_string(ids.size()), typed.value(typed.inputs[0]).type));
  }
  std::vector<std::string> given;
  for (const auto& [attribute, value] : attrs) given.push_back(attribute);
  const OpDef& def = op(name);
  const NodeId id = graph.add_node(def, ids, std::move(attrs), outputs);
  for (const ValueId v : graph.node(id).outputs) graph.add_output("y", v);
  REQUIRE(static_cast<bool>(def.upgrade));
  UpgradeContext ctx(graph, id, opset);
  ctx.mark_given(given);
  def.upgrade(ctx);
  graph.remove_dead();
  infer_graph(graph);
  const std::string text = print_graph(graph, {.types = false});
  const auto begin = text.find('{');
  std::string body = text.substr(begin + 1, text.rfind('}') - begin - 1);
  std::string out;  // one line, one space between nodes
  for (const char c : body) {
    if (c == '\n') {
      if (!out.empty()) out += ' ';
    } else if (c != ' ' || (!out.empty() && out.back() != ' ')) {
      out += c;
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace onnxrun::test
