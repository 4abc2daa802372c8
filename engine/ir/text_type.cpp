#include "engine/ir/text_type.h"

#include <cctype>

namespace onnxrun::text {
namespace {

constexpr int kMaxTypeDepth = 16;

bool has_fresh_symbol(const Dim& d) {
  bool found = false;
  d.substitute([&](std::string_view symbol) -> std::optional<Dim> {
    found |= is_fresh_symbol(symbol);
    return std::nullopt;
  });
  return found;
}

Dims parse_dims(Lexer& lexer, Graph* graph, bool& unranked) {
  Dims dims;
  lexer.expect("[");
  while (true) {
    const Token t = lexer.dimension();
    if (t.text == "..." && dims.empty()) {
      unranked = true;
    } else if (t.text == "?" && graph != nullptr) {
      dims.push_back(graph->fresh_symbol());
    } else if (!t.text.empty()) {
      const auto d = Dim::parse(t.text);
      if (!d || (d->known() && d->value() < 0)) lexer.fail_at(t.at, "'{}' is not a dimension", t.text);
      dims.push_back(*d);
    } else if (!dims.empty() || !lexer.is("]")) {
      lexer.fail_at(t.at, "want a dimension");
    }
    if (lexer.accept("]")) return dims;
    if (unranked) lexer.fail_at(lexer.peek().at, "want ']' after ...");
    lexer.expect(",");
  }
}

Type parse(Lexer& lexer, Graph* graph, int depth) {
  if (depth > kMaxTypeDepth) lexer.fail_at(lexer.peek().at, "types are nested more than {} deep", kMaxTypeDepth);
  Type type;
  const Token word = lexer.expect(TokenKind::kWord, "a type");
  const auto dtype_at = [&](const Token& t) {
    const DType dtype = dtype_from_name(t.text);
    if (dtype == DType::kUndefined && t.text != "undefined") lexer.fail_at(t.at, "'{}' is not a type", t.text);
    return dtype;
  };
  for (const DType list : {DType::kSequence, DType::kOptional, DType::kMap}) {
    if (word.text != dtype_name(list)) continue;
    type.dtype = list;
    type.shape = Dims{};
    lexer.expect("(");
    if (list == DType::kMap) {
      type.key = dtype_at(lexer.expect(TokenKind::kWord, "the type of the keys"));
      lexer.expect(",");
    }
    if (!lexer.accept("?")) type.element = std::make_shared<const Type>(parse(lexer, graph, depth + 1));
    lexer.expect(")");
    return type;
  }
  type.dtype = dtype_at(word);
  bool unranked = false;
  Dims dims = parse_dims(lexer, graph, unranked);
  if (!unranked) type.shape = std::move(dims);
  if (lexer.accept("@")) {
    const Token layout = lexer.expect(TokenKind::kWord, "a layout");
    if (layout.text == "channels_last") type.layout = Layout::kChannelsLast;
    else if (layout.text != "plain") lexer.fail_at(layout.at, "'{}' is not a layout, want plain or channels_last", layout.text);
    if (type.layout != Layout::kPlain && (!type.ranked() || type.rank() < 3)) {
      lexer.fail_at(layout.at, "{} needs a rank of 3 or more", layout.text);
    }
  }
  return type;
}

std::optional<Dim> merge_dims(const Dim& inferred, const Dim& written) {
  if (inferred == written) return inferred;
  if (inferred.known() && written.known()) return std::nullopt;
  if (inferred.known()) return inferred;
  if (written.known() || has_fresh_symbol(inferred)) return written;
  if (has_fresh_symbol(written)) return inferred;
  return std::nullopt;
}

}  // namespace

Type parse_type(Lexer& lexer, Graph* graph) { return parse(lexer, graph, 0); }

Tensor parse_tensor(Lexer& lexer) {
  const std::size_t at = lexer.peek().at;
  const Type type = parse_type(lexer, nullptr);
  const auto shape = type.static_shape();
  if (!shape || type.layout != Layout::kPlain || type.is_list() || type.dtype == DType::kUndefined) {
    lexer.fail_at(at, "a constant needs a type with known dimensions, such as f32[2, 3]");
  }
  return parse_elements(lexer, type.dtype, *shape);
}

std::optional<Type> merge_types(const Type& inferred, const Type& written) {
  const auto unknown = [](const Type& t) { return t.dtype == DType::kUndefined; };
  if (unknown(inferred) && !inferred.ranked()) return written;
  if (!unknown(inferred) && !unknown(written) && (inferred.dtype != written.dtype || inferred.key != written.key)) return std::nullopt;
  if (inferred.element && written.element) {
    const auto element = merge_types(*inferred.element, *written.element);
    if (!element) return std::nullopt;
    Type type = inferred;
    type.element = std::make_shared<const Type>(*element);
    return type;
  }
  Type type = unknown(inferred) || written.element ? written : inferred;
  if (!inferred.ranked() || !written.ranked()) {
    type.shape = inferred.ranked() ? inferred.shape : written.shape;
    type.layout = inferred.ranked() ? inferred.layout : written.layout;
    return type;
  }
  if (inferred.rank() != written.rank() || inferred.layout != written.layout) return std::nullopt;
  for (std::size_t i = 0; i < type.shape->size(); ++i) {
    const auto d = merge_dims(inferred.dims()[i], written.dims()[i]);
    if (!d) return std::nullopt;
    (*type.shape)[i] = *d;
  }
  return type;
}

int symbols_in(std::string_view text) {
  int next = 0;
  for (std::size_t at = text.find("_s"); at != std::string_view::npos; at = text.find("_s", at + 2)) {
    int n = 0;
    std::size_t digits = 0;
    for (std::size_t i = at + 2; i < text.size() && digits < 9 && std::isdigit(static_cast<unsigned char>(text[i])) != 0; ++i, ++digits) {
      n = n * 10 + (text[i] - '0');
    }
    if (digits > 0) next = std::max(next, n + 1);
  }
  return next;
}

}  // namespace onnxrun::text
