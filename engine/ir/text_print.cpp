#include <algorithm>
#include <set>

#include "engine/base/check.h"
#include "engine/ir/op_def.h"
#include "engine/ir/text.h"
#include "engine/ir/text_lexer.h"

namespace onnxrun {
namespace {

using text::quote;

std::string float_text(float v) {
  if (v != v) return "nan";
  std::string s = fmt::format("{}", v);
  if (s.find_first_of(".einf") == std::string::npos) s += ".0";  // else it would read as an int
  return s;
}

std::string tensor_text(const Tensor& t, std::size_t max_constant) {
  if (!t) return "undefined";
  return fmt::format("{} {}", Type::tensor(t.dtype(), dims_of(t.shape())).str(), text::print_elements(t, max_constant));
}

template <class List, class F>
std::string join(const List& list, F&& text_of) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ", ") + text_of(item);
  return out;
}

std::string attribute_text(const Attribute& a, std::size_t max_constant) {
  return std::visit(
      [&](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::int64_t>) return fmt::format("{}", v);
        if constexpr (std::is_same_v<T, float>) return float_text(v);
        if constexpr (std::is_same_v<T, std::string>) return quote(v);
        if constexpr (std::is_same_v<T, Tensor>) return tensor_text(v, max_constant);
        if constexpr (std::is_same_v<T, Type>) return "type(" + v.str() + ")";
        if constexpr (std::is_same_v<T, Ints>) return "[" + join(v, [](std::int64_t i) { return fmt::format("{}", i); }) + "]";
        // An empty list has to say what it would hold.
        if constexpr (std::is_same_v<T, Floats>) return v.empty() ? "floats []" : "[" + join(v, float_text) + "]";
        if constexpr (std::is_same_v<T, Strings>) return v.empty() ? "strings []" : "[" + join(v, quote) + "]";
        if constexpr (std::is_same_v<T, Tensors>) {
          if (v.empty()) return "tensors []";
          return "[" + join(v, [&](const Tensor& t) { return tensor_text(t, max_constant); }) + "]";
        }
      },
      a);
}

bool type_is_unknown(const Type& t) { return t.dtype == DType::kUndefined && !t.ranked(); }

class Printer {
 public:
  Printer(const Graph& graph, const TextOptions& options, int indent) : graph_(graph), options_(options), indent_(indent) {
    name_values();
  }

  std::string run() {
    const std::string name = graph_.name.empty() ? "" : " " + (text::is_bare_name(graph_.name) ? graph_.name : quote(graph_.name));
    out_ = "graph" + name + "(" + join(graph_.inputs, [&](ValueId v) { return typed(v, true); }) + ") -> (" +
           join(graph_.outputs, [&](const Graph::Output& o) { return output_text(o); }) + ") {\n";
    for (const NodeId id : order()) {
      for (const ValueId v : graph_.node(id).inputs) constant(v);
      node(id);
    }
    for (std::size_t i = 0; i < graph_.value_capacity(); ++i) constant(static_cast<ValueId>(i));
    return out_ + std::string(static_cast<std::size_t>(indent_), ' ') + "}";
  }

 private:
  // A broken graph is printed, too: that is when people want to see it.
  std::vector<NodeId> order() {
    try {
      return graph_.topological_order();
    } catch (const Error&) {
      line("// this graph has a cycle");
      std::vector<NodeId> all;
      for (std::size_t i = 0; i < graph_.node_capacity(); ++i) {
        if (graph_.node(static_cast<NodeId>(i)).live) all.push_back(static_cast<NodeId>(i));
      }
      return all;
    }
  }

  void name_values() {
    names_.resize(graph_.value_capacity());
    std::set<std::string> taken;
    std::vector<std::size_t> unnamed;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const Value& v = graph_.value(static_cast<ValueId>(i));
      if (v.name.empty() || !taken.insert(v.name).second) {
        if (v.live) unnamed.push_back(i);
      } else {
        names_[i] = v.name;
      }
    }
    int next = 0;
    for (const std::size_t i : unnamed) {
      do names_[i] = fmt::format("{}", next++);
      while (!taken.insert(names_[i]).second);
    }
  }

  std::string ref(ValueId v) const {
    if (v == ValueId::kNone) return "_";
    const std::string& name = names_[index(v)];
    return "%" + (text::is_bare_name(name) ? name : quote(name));
  }

  std::string typed(ValueId v, bool always = false) const {
    if (v == ValueId::kNone) return "_";
    const Type& type = graph_.value(v).type;
    if ((!always && !options_.types) || type_is_unknown(type)) return ref(v);
    return ref(v) + ": " + type.str();
  }

  std::string output_text(const Graph::Output& o) const {
    const bool same = o.value != ValueId::kNone && names_[index(o.value)] == o.name;
    return same ? ref(o.value) : ref(o.value) + " as " + quote(o.name);
  }

  void line(const std::string& s) { out_ += std::string(static_cast<std::size_t>(indent_) + 2, ' ') + s + "\n"; }

  void constant(ValueId v) {
    if (v == ValueId::kNone || !graph_.value(v).live || !graph_.value(v).is_constant()) return;
    if (!printed_.insert(index(v)).second) return;
    line(fmt::format("{} = const {}", ref(v), tensor_text(graph_.value(v).constant, options_.max_constant)));
  }

  std::string attributes_text(const Node& n) const {
    std::string out;
    for (const auto& [name, value] : n.attrs) {
      const auto spec = std::ranges::find(n.op->attributes, name, &AttributeSpec::name);
      const bool is_default = spec != n.op->attributes.end() && spec->default_value && attribute_equal(*spec->default_value, value);
      if (is_default) continue;
      out += (out.empty() ? "" : ", ") + (text::is_bare_name(name) ? name : quote(name)) + " = " +
             attribute_text(value, options_.max_constant);
    }
    return out;
  }

  void node(NodeId id) {
    const Node& n = graph_.node(id);
    const std::size_t own = n.inputs.size() - static_cast<std::size_t>(n.captures);
    std::string s = join(n.outputs, [&](ValueId v) { return typed(v); }) + " = " + op_full_name(*n.op) + "(";
    for (std::size_t i = 0; i < n.inputs.size(); ++i) {
      if (i == own) s += i == 0 ? "| " : " | ";
      else if (i > 0) s += ", ";
      s += ref(n.inputs[i]);
    }
    s += ")";
    if (const std::string attributes = attributes_text(n); !attributes.empty()) s += " {" + attributes + "}";
    if (!n.name.empty()) s += " " + quote(n.name);
    for (const Subgraph& sub : n.subgraphs) {
      s += " " + sub.name + " { " + Printer(*sub.graph, options_, indent_ + 2).run() + " }";
    }
    line(s);
  }

  const Graph& graph_;
  const TextOptions& options_;
  int indent_;
  std::vector<std::string> names_;
  std::set<std::size_t> printed_;
  std::string out_;
};

}  // namespace

std::string print_graph(const Graph& graph, const TextOptions& options) { return Printer(graph, options, 0).run() + "\n"; }

}  // namespace onnxrun
