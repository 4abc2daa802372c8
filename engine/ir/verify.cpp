#include "engine/ir/verify.h"

#include <algorithm>
#include <set>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"

namespace onnxrun {
namespace {

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph) {}

  void run() {
    for (const ValueId v : graph_.inputs) check_input(v);
    for (std::size_t i = 0; i < graph_.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph_.node(id).live) continue;
      with_context([&] { return node_label(graph_, id); }, [&] { check_node(id); });
    }
    for (std::size_t i = 0; i < graph_.value_capacity(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (graph_.value(id).live) check_value(id);
    }
    check_outputs();
    check_names();
    check_types();
  }

 private:
  std::string label(ValueId v) const { return fmt::format("value %{} (#{})", graph_.value(v).name, index(v)); }

  void check_reference(ValueId v, std::string_view what) const {
    require(static_cast<std::int32_t>(v) >= 0 && index(v) < graph_.value_capacity(), "{} has no value: id {}", what,
            static_cast<std::int32_t>(v));
    require(graph_.value(v).live, "{} is {}, which was removed", what, label(v));
  }

  void check_input(ValueId v) const {
    check_reference(v, "a graph input");
    const Value& value = graph_.value(v);
    require(value.producer == NodeId::kNone && !value.is_constant(), "graph input {} is made inside the graph, too", label(v));
    require(std::ranges::count(graph_.inputs, v) == 1, "graph input {} is listed twice", label(v));
  }

  void check_node(NodeId id) const {
    const Node& n = graph_.node(id);
    for (std::size_t i = 0; i < n.inputs.size(); ++i) {
      if (n.inputs[i] == ValueId::kNone) continue;
      check_reference(n.inputs[i], fmt::format("input {}", i));
      const Use use{id, static_cast<int>(i)};
      require(std::ranges::count(graph_.value(n.inputs[i]).uses, use) == 1, "input {} is not in the use list of {} just once", i,
              label(n.inputs[i]));
    }
    for (std::size_t o = 0; o < n.outputs.size(); ++o) {
      if (n.outputs[o] == ValueId::kNone) continue;
      check_reference(n.outputs[o], fmt::format("output {}", o));
      const Value& value = graph_.value(n.outputs[o]);
      require(value.producer == id && value.output == static_cast<int>(o), "output {} is {}, which has another producer", o,
              label(n.outputs[o]));
    }
    const int captures = n.captures, given = static_cast<int>(n.inputs.size()) - captures, made = static_cast<int>(n.outputs.size());
    require(captures >= 0 && given >= n.op->inputs.min && given <= n.op->inputs.max, "has {} inputs, want {} to {}", given,
            n.op->inputs.min, n.op->inputs.max);
    for (int i = 0; i < n.op->inputs.min; ++i) require(n.inputs[static_cast<std::size_t>(i)] != ValueId::kNone, "input {} is missing", i);
    require(made >= n.op->outputs.min && made <= n.op->outputs.max, "has {} outputs, want {} to {}", made, n.op->outputs.min,
            n.op->outputs.max);
    check_subgraphs(n);
  }

  static void check_subgraphs(const Node& n) {
    require(n.captures == 0 || !n.subgraphs.empty(), "has {} captures but no subgraph", n.captures);
    std::set<std::string_view> names;
    for (const Subgraph& sub : n.subgraphs) {
      require(names.insert(sub.name).second, "has two subgraphs {}", sub.name);
      with_context([&] { return sub.name; }, [&] {
        require(static_cast<int>(sub.graph->inputs.size()) >= n.captures, "has {} inputs for {} captures", sub.graph->inputs.size(),
                n.captures);
        verify(*sub.graph);
      });
    }
  }

  void check_value(ValueId id) const {
    const Value& v = graph_.value(id);
    for (const Use& use : v.uses) {
      const bool exists = static_cast<std::int32_t>(use.node) >= 0 && index(use.node) < graph_.node_capacity() && graph_.node(use.node).live;
      const auto& inputs = exists ? graph_.node(use.node).inputs : no_inputs_;
      const bool there = use.input >= 0 && static_cast<std::size_t>(use.input) < inputs.size();
      require(there && inputs[static_cast<std::size_t>(use.input)] == id, "{} has a use that no node makes", label(id));
    }
    if (v.producer != NodeId::kNone) {
      require(!v.is_constant(), "{} is a constant and made by a node", label(id));
      const bool exists = static_cast<std::int32_t>(v.producer) >= 0 && index(v.producer) < graph_.node_capacity();
      const bool live = exists && graph_.node(v.producer).live;
      require(live, "the producer of {} was removed", label(id));
      const auto& outputs = graph_.node(v.producer).outputs;
      require(v.output >= 0 && static_cast<std::size_t>(v.output) < outputs.size() && outputs[static_cast<std::size_t>(v.output)] == id,
              "{} is not an output of its producer", label(id));
    } else if (v.is_constant()) {
      const Type want = Type::tensor(v.constant.dtype(), dims_of(v.constant.shape()));
      require(v.type == want, "constant {} has type {}, its elements are {}", label(id), v.type.str(), want.str());
    } else {
      require(graph_.is_input(id) || (v.uses.empty() && !graph_.is_output(id)), "{} is read but nothing makes it", label(id));
    }
    if (!v.contents) return;
    require(v.contents->size() <= kMaxContents, "{} has {} contents, at most {} are kept", label(id), v.contents->size(), kMaxContents);
    const auto shape = v.type.static_shape();
    if (!shape) return;
    require(shape->size() <= 1 && element_count(*shape) == static_cast<std::int64_t>(v.contents->size()),
            "{} has {} contents but type {}", label(id), v.contents->size(), v.type.str());
  }

  void check_outputs() const {
    std::set<std::string_view> names;
    for (const Graph::Output& o : graph_.outputs) {
      check_reference(o.value, fmt::format("graph output {}", o.name));
      require(names.insert(o.name).second, "two graph outputs are called {}", o.name);
    }
  }

  void check_names() const {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < graph_.value_capacity(); ++i) {
      const Value& v = graph_.value(static_cast<ValueId>(i));
      require(!v.live || v.name.empty() || names.insert(v.name).second, "two values are called {}", v.name);
    }
  }

  // Inferring again (which finds cycles, too) contradicts nothing that is recorded.
  void check_types() const {
    Graph again = graph_;
    infer_graph(again);
    for (std::size_t i = 0; i < graph_.value_capacity(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (!graph_.value(id).live || graph_.value(id).producer == NodeId::kNone) continue;
      const Type& recorded = graph_.value(id).type;
      const Type& inferred = again.value(id).type;
      require(agree(recorded, inferred), "{}: {} has type {}, inference gives {}", node_label(graph_, graph_.value(id).producer),
              label(id), recorded.str(), inferred.str());
    }
  }

  static bool agree(const Type& a, const Type& b) {
    const auto unknown = [](const Type& t) { return t.dtype == DType::kUndefined; };
    if (unknown(a) || unknown(b)) return true;
    if (a.dtype != b.dtype || a.key != b.key) return false;
    if (a.element && b.element && !agree(*a.element, *b.element)) return false;
    if (!a.ranked() || !b.ranked()) return true;
    if (a.rank() != b.rank() || a.layout != b.layout) return false;
    return std::ranges::equal(a.dims(), b.dims(), [](const Dim& x, const Dim& y) { return !x.known() || !y.known() || x == y; });
  }

  const Graph& graph_;
  const std::vector<ValueId> no_inputs_;
};

}  // namespace

void verify(const Graph& graph) { Verifier(graph).run(); }

}  // namespace onnxrun
