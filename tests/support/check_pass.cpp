#include "tests/support/check_pass.h"

#include <doctest/doctest.h>

#include <cctype>
#include <map>

#include "engine/base/check.h"
#include "engine/ir/text.h"
#include "engine/ir/verify.h"
#include "engine/passes/pipeline.h"
#include "tests/support/compare.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

// Copies what the outputs need, in the order in which they need it.
class Canonical {
 public:
  explicit Canonical(const Graph& from) : from_(from), moved_(from.value_capacity(), ValueId::kNone) {}

  Graph run() {
    to_.name = from_.name;
    for (const ValueId v : from_.inputs) {
      moved_[index(v)] = to_.add_input(from_.value(v).name, from_.value(v).type);
    }
    for (const Graph::Output& o : from_.outputs) {
      need(o.value);
      to_.add_output(o.name, moved_[index(o.value)]);
    }
    return std::move(to_);
  }

 private:
  // Test graphs are small: recursion will do.
  void need(ValueId v) {
    if (v == ValueId::kNone || moved_[index(v)] != ValueId::kNone) return;
    const Value& value = from_.value(v);
    if (value.is_constant()) {
      moved_[index(v)] = to_.add_constant(value.constant, fmt::format("c{}", constants_++));
      return;
    }
    const Node* n = from_.producer(v);
    require(n != nullptr, "%{} is read but nothing makes it", value.name);
    std::vector<ValueId> inputs;
    for (const ValueId in : n->inputs) {
      need(in);
      inputs.push_back(in == ValueId::kNone ? in : moved_[index(in)]);
    }
    const NodeId id = to_.add_node(*n->op, std::move(inputs), n->attrs, 0);
    to_.node(id).captures = n->captures;
    for (const Subgraph& s : n->subgraphs) to_.node(id).subgraphs.emplace_back(s.name, Canonical(*s.graph).run());
    for (const ValueId out : n->outputs) {
      if (out == ValueId::kNone || from_.use_count(out) == 0) {
        to_.node(id).outputs.push_back(ValueId::kNone);
        continue;
      }
      moved_[index(out)] = to_.add_node_output(id, fmt::format("v{}", results_++));
      to_.value(moved_[index(out)]).type = from_.value(out).type;
    }
    auto& outputs = to_.node(id).outputs;
    while (!outputs.empty() && outputs.back() == ValueId::kNone) outputs.pop_back();
  }

  const Graph& from_;
  Graph to_;
  std::vector<ValueId> moved_;
  int constants_ = 0, results_ = 0;
};

// The text with each fresh symbol replaced by what `rename` says.
template <class Rename>
std::string replace_fresh(std::string_view text, Rename&& rename) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    if (end == i) {
      out += text[i++];
      continue;
    }
    const std::string word(text.substr(i, end - i));
    out += is_fresh_symbol(word) ? rename(word) : word;
    i = end;
  }
  return out;
}

}  // namespace

std::string canonical_text(const Graph& graph) {
  std::map<std::string, std::size_t> seen;
  return replace_fresh(print_graph(Canonical(graph).run()),
                       [&](const std::string& symbol) { return fmt::format("_s{}", seen.emplace(symbol, seen.size()).first->second); });
}

std::string without_fresh(std::string_view text) {
  return replace_fresh(text, [](const std::string&) { return "?"; });
}

std::string verified_types(std::string_view text) {
  const Graph g = parse_graph(text);
  verify(g);
  std::string types;
  for (const Graph::Output& o : g.outputs) types += (types.empty() ? "" : ", ") + without_fresh(g.value(o.value).type.str());
  return types;
}

bool run_pass(Graph& graph, PassFn pass, const PassContext& ctx) {
  const Pass one{"under test", pass, ""};
  return optimize(graph, ctx, {}, {&one, 1}).front().changed;
}

void check_pass(std::string_view before, PassFn pass, std::string_view after, const PassContext& ctx) {
  INFO("before:\n" << before);
  try {
    Graph graph = parse_graph(before);
    CHECK_MESSAGE(run_pass(graph, pass, ctx), "the pass says that it changed nothing");
    INFO("after the pass:\n" << print_graph(graph));
    CHECK(canonical_text(graph) == canonical_text(parse_graph(after)));
  } catch (const Error& e) {
    FAIL_CHECK("threw: " << std::string(e.what()));
  }
}

void check_pass_unchanged(std::string_view text, PassFn pass, const PassContext& ctx) {
  INFO("before:\n" << text);
  try {
    Graph graph = parse_graph(text);
    CHECK_MESSAGE(!run_pass(graph, pass, ctx), "the pass says that it changed something");
    CHECK(canonical_text(graph) == canonical_text(parse_graph(text)));
  } catch (const Error& e) {
    FAIL_CHECK("threw: " << std::string(e.what()));
  }
}

void check_same_results(std::string_view text, PassFn pass, const CheckOptions& options, const PassContext& ctx) {
  INFO("before:\n" << text);
  try {
    Graph graph = parse_graph(text);
    const std::vector<Tensor> inputs = make_inputs(graph, options);
    const std::vector<Tensor> want = run_graph_reference(graph, inputs);
    CHECK_MESSAGE(run_pass(graph, pass, ctx), "the pass says that it changed nothing");
    INFO("after the pass:\n" << print_graph(graph));
    const std::vector<Tensor> got = run_graph_reference(graph, inputs);
    REQUIRE(got.size() == want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::string d = difference(got[i], want[i], options);
      CHECK_MESSAGE(d.empty(), "output " << graph.outputs[i].name << ": " << d);
    }
  } catch (const Error& e) {
    FAIL_CHECK("threw: " << std::string(e.what()));
  }
}

}  // namespace onnxrun::test
