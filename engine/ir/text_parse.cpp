#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"
#include "engine/ir/text.h"
#include "engine/ir/text_lexer.h"
#include "engine/ir/text_type.h"

namespace onnxrun {
namespace {

using text::Lexer;
using text::Token;
using text::TokenKind;

constexpr int kMaxNesting = 32;  // of subgraphs

std::int64_t int_of(const Lexer& lexer, const Token& t) {
  std::int64_t v = 0;
  const auto [end, error] = std::from_chars(t.text.data(), t.text.data() + t.text.size(), v);
  if (error != std::errc() || end != t.text.data() + t.text.size()) lexer.fail_at(t.at, "'{}' is not an int", t.text);
  return v;
}

float float_of(const Lexer& lexer, const Token& t) {
  if (t.text == "nan") return std::numeric_limits<float>::quiet_NaN();
  if (t.text == "inf") return std::numeric_limits<float>::infinity();
  if (t.text == "-inf") return -std::numeric_limits<float>::infinity();
  float v = 0;
  const auto [end, error] = std::from_chars(t.text.data(), t.text.data() + t.text.size(), v);
  if (error != std::errc() || end != t.text.data() + t.text.size()) lexer.fail_at(t.at, "'{}' is not a number", t.text);
  return v;
}

// A number is an int, unless it is written as a float or the operator wants one.
bool reads_as_float(const Token& t) {
  return t.kind == TokenKind::kWord || t.text.find_first_of(".einf") != std::string::npos;
}

bool is_number(const Token& t) {
  return t.kind == TokenKind::kNumber || (t.kind == TokenKind::kWord && (t.text == "nan" || t.text == "inf"));
}

class AttributeParser {
 public:
  // `model` is the default of the operator's attribute of this name, or null.
  AttributeParser(Lexer& lexer, const Attribute* model) : lexer_(lexer), model_(model) {}

  Attribute parse() {
    const Token& t = lexer_.peek();
    if (is_number(t)) {
      const Token number = lexer_.next();
      if (wants<float>() || reads_as_float(number)) return float_of(lexer_, number);
      return int_of(lexer_, number);
    }
    if (t.kind == TokenKind::kString) return lexer_.next().text;
    if (lexer_.is("[")) return list();
    if (lexer_.accept("floats")) return empty(Floats{});
    if (lexer_.accept("strings")) return empty(Strings{});
    if (lexer_.accept("tensors")) return empty(Tensors{});
    if (lexer_.accept("type")) {
      lexer_.expect("(");
      Type type = text::parse_type(lexer_, nullptr);
      lexer_.expect(")");
      return type;
    }
    return text::parse_tensor(lexer_);
  }

 private:
  template <class T>
  bool wants() const {
    return model_ != nullptr && std::holds_alternative<T>(*model_);
  }
  Attribute empty(Attribute kind) {
    lexer_.expect("[");
    lexer_.expect("]");
    return kind;
  }
  template <class T, class Read>
  std::vector<T> items(Read&& read) {
    std::vector<T> out;
    do out.push_back(read());
    while (lexer_.accept(","));
    lexer_.expect("]");
    return out;
  }
  Attribute list() {
    lexer_.expect("[");
    if (lexer_.accept("]")) {
      if (wants<Floats>()) return Floats{};
      if (wants<Strings>()) return Strings{};
      return Ints{};
    }
    const Token& first = lexer_.peek();
    if (first.kind == TokenKind::kString) return items<std::string>([&] { return lexer_.expect(TokenKind::kString, "a string").text; });
    if (!is_number(first)) return items<Tensor>([&] { return text::parse_tensor(lexer_); });
    const auto numbers = items<Token>([&] {
      if (!is_number(lexer_.peek())) lexer_.fail_at(lexer_.peek().at, "want a number in this list");
      return lexer_.next();
    });
    if (wants<Floats>() || std::ranges::any_of(numbers, reads_as_float)) {
      Floats out;
      for (const Token& n : numbers) out.push_back(float_of(lexer_, n));
      return out;
    }
    Ints out;
    for (const Token& n : numbers) out.push_back(int_of(lexer_, n));
    return out;
  }

  Lexer& lexer_;
  const Attribute* model_;
};

class Parser {
 public:
  Parser(Lexer& lexer, int depth) : lexer_(lexer), depth_(depth) {}

  Graph run(int first_symbol) {
    graph_.reserve_symbols(first_symbol);
    header();
    lexer_.expect("{");
    while (!lexer_.accept("}")) statement();
    for (const PendingOutput& o : outputs_) graph_.add_output(o.name, lookup(o.value));
    return std::move(graph_);
  }

 private:
  struct PendingOutput {
    Token value;
    std::string name;
  };
  struct WrittenOutput {
    Token name;
    std::optional<Type> type;
    std::size_t type_at = 0;
  };
  struct WrittenSubgraph {
    std::string name;
    Graph graph;
  };

  template <class Item>
  void list(std::string_view close, Item&& item) {
    if (lexer_.accept(close)) return;
    do item();
    while (lexer_.accept(","));
    lexer_.expect(close);
  }

  void header() {
    lexer_.expect("graph");
    if (!lexer_.is("(")) graph_.name = lexer_.next().text;
    lexer_.expect("(");
    list(")", [&] {
      const Token name = lexer_.expect(TokenKind::kValue, "an input (%name: type)");
      Type type;
      if (lexer_.accept(":")) type = text::parse_type(lexer_, &graph_);
      define(name, graph_.add_input(name.text, std::move(type)));
    });
    lexer_.expect("->");
    lexer_.expect("(");
    list(")", [&] {
      const Token value = lexer_.expect(TokenKind::kValue, "an output (%name or %name as \"name\")");
      outputs_.push_back({value, lexer_.accept("as") ? lexer_.expect(TokenKind::kString, "the output's name").text : value.text});
    });
  }

  void define(const Token& name, ValueId v) {
    if (!values_.emplace(name.text, v).second) lexer_.fail_at(name.at, "%{} is defined twice", name.text);
  }

  ValueId lookup(const Token& name) const {
    const auto found = values_.find(name.text);
    if (found == values_.end()) lexer_.fail_at(name.at, "%{} is not defined before this", name.text);
    return found->second;
  }

  void statement() {
    std::vector<WrittenOutput> outputs;
    do {
      WrittenOutput o;
      o.name = lexer_.next();
      if (o.name.kind != TokenKind::kValue && !(o.name.kind == TokenKind::kWord && o.name.text == "_")) {
        lexer_.fail_at(o.name.at, "want a statement (%name = ...) or '}}'");
      }
      if (lexer_.accept(":")) {
        o.type_at = lexer_.peek().at;
        o.type = text::parse_type(lexer_, &graph_);
      }
      outputs.push_back(std::move(o));
    } while (lexer_.accept(","));
    lexer_.expect("=");
    if (lexer_.accept("const")) {
      constant(outputs);
    } else {
      node(outputs);
    }
  }

  void constant(const std::vector<WrittenOutput>& outputs) {
    const WrittenOutput& o = outputs[0];
    if (outputs.size() != 1 || o.name.kind != TokenKind::kValue) lexer_.fail_at(o.name.at, "const defines one value");
    const ValueId v = graph_.add_constant(text::parse_tensor(lexer_), o.name.text);
    define(o.name, v);
    if (o.type) settle(o, v);
  }

  const OpDef& op_def() {
    const Token t = lexer_.expect(TokenKind::kWord, "an operator or const");
    const std::size_t dot = t.text.rfind('.');
    const std::string domain = dot == std::string::npos ? "" : t.text.substr(0, dot);
    const OpDef* def = find_op(domain, dot == std::string::npos ? t.text : t.text.substr(dot + 1));
    if (def == nullptr) lexer_.fail_at(t.at, "operator {} is not known", t.text);
    return *def;
  }

  // "%a, _ | %c)": the inputs, and how many of them are captures.
  std::vector<ValueId> node_inputs(int& captures) {
    std::vector<ValueId> inputs;
    bool capturing = lexer_.accept("|");
    while (!lexer_.accept(")")) {
      if (!inputs.empty() && !capturing && lexer_.accept("|")) {
        capturing = true;
      } else if (!inputs.empty() && !(capturing && captures == 0)) {
        lexer_.expect(",");
      }
      inputs.push_back(lexer_.accept("_") ? ValueId::kNone : lookup(lexer_.expect(TokenKind::kValue, "an input (%name or _)")));
      captures += capturing ? 1 : 0;
    }
    return inputs;
  }

  Attributes attributes(const OpDef& def) {
    Attributes attrs;
    if (!lexer_.accept("{")) return attrs;
    list("}", [&] {
      const Token name = lexer_.next();
      if (name.kind != TokenKind::kWord && name.kind != TokenKind::kString) lexer_.fail_at(name.at, "want an attribute's name");
      if (attrs.has(name.text)) lexer_.fail_at(name.at, "attribute {} is given twice", name.text);
      lexer_.expect("=");
      const auto spec = std::ranges::find(def.attributes, name.text, &AttributeSpec::name);
      const bool has_default = spec != def.attributes.end() && spec->default_value;
      attrs.set(name.text, AttributeParser(lexer_, has_default ? &*spec->default_value : nullptr).parse());
    });
    return attrs;
  }

  std::vector<WrittenSubgraph> subgraphs() {
    std::vector<WrittenSubgraph> out;
    while (lexer_.peek().kind == TokenKind::kWord && !lexer_.is("_")) {
      const Token name = lexer_.next();
      if (depth_ >= kMaxNesting) lexer_.fail_at(name.at, "subgraphs are nested more than {} deep", kMaxNesting);
      lexer_.expect("{");
      out.push_back({name.text, Parser(lexer_, depth_ + 1).run(graph_.symbols())});
      lexer_.expect("}");
    }
    return out;
  }

  void node(const std::vector<WrittenOutput>& outputs) {
    const std::size_t at = lexer_.peek().at;
    const OpDef& def = op_def();
    lexer_.expect("(");
    int captures = 0;
    std::vector<ValueId> inputs = node_inputs(captures);
    Attributes attrs = attributes(def);
    std::string name = lexer_.peek().kind == TokenKind::kString ? lexer_.next().text : "";
    std::vector<WrittenSubgraph> subs = subgraphs();

    const NodeId id = graph_.add_node(def, std::move(inputs), std::move(attrs), 0, std::move(name));
    graph_.node(id).captures = captures;
    for (WrittenSubgraph& s : subs) {
      graph_.reserve_symbols(s.graph.symbols());
      graph_.node(id).subgraphs.emplace_back(std::move(s.name), std::move(s.graph));
    }
    for (const WrittenOutput& o : outputs) {
      if (o.name.kind == TokenKind::kValue) {
        define(o.name, graph_.add_node_output(id, o.name.text));
      } else {
        graph_.node(id).outputs.push_back(ValueId::kNone);
      }
    }
    with_context([&] { return lexer_.where(at); }, [&] { infer_node(graph_, id); });
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].type && graph_.node(id).outputs[i] != ValueId::kNone) settle(outputs[i], graph_.node(id).outputs[i]);
    }
  }

  // The type of an output, from what inference says and what is written.
  void settle(const WrittenOutput& written, ValueId v) {
    Type& type = graph_.value(v).type;
    std::optional<Type> both = text::merge_types(type, *written.type);
    if (!both) lexer_.fail_at(written.type_at, "%{} is {}, inference says {}", written.name.text, written.type->str(), type.str());
    type = std::move(*both);
  }

  Lexer& lexer_;
  int depth_;
  Graph graph_;
  std::unordered_map<std::string, ValueId> values_;
  std::vector<PendingOutput> outputs_;
};

}  // namespace

Graph parse_graph(std::string_view input) {
  Lexer lexer(input);
  Graph graph = Parser(lexer, 0).run(text::symbols_in(input));
  if (lexer.peek().kind != TokenKind::kEnd) lexer.fail_at(lexer.peek().at, "text after the graph");
  return graph;
}

}  // namespace onnxrun
