// Tokens of the text form (engine/ir/text.h). Private to text_*.cpp.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "onnxrun/error.h"
#include "onnxrun/tensor.h"

namespace onnxrun::text {

enum class TokenKind {
  kValue,   // %name or %"name": `text` is the name
  kWord,    // graph, Conv, com.microsoft.Gelu, _, nan
  kNumber,  // 12, -1.5e-3, 0x1f, -inf
  kString,  // "...", unescaped
  kPunct,   // one of ( ) { } [ ] , : = | @ ? and ->
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  std::size_t at = 0;  // offset of its first character
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  const Token& peek();
  Token next();
  bool is(std::string_view punct_or_word);
  // Takes the token when it is this punctuation or word.
  bool accept(std::string_view punct_or_word);
  void expect(std::string_view punct_or_word);
  Token expect(TokenKind kind, std::string_view what);
  // The characters up to the `,` or `]` that ends a dimension; only right after `[` or `,` was taken.
  Token dimension();

  // Throws Error(kBadModel, "text 3:14: ...").
  template <class... Args>
  [[noreturn]] void fail_at(std::size_t at, fmt::format_string<Args...> format, Args&&... args) const {
    throw Error(ErrorCode::kBadModel, fmt::format("{}: {}", where(at), fmt::format(format, std::forward<Args>(args)...)));
  }
  // "text 3:14"
  std::string where(std::size_t at) const;

 private:
  void skip_blanks();
  Token scan();
  std::string scan_string();
  std::string scan_number();

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<Token> peeked_;
};

// As in JSON: quotes around it, `"`, `\` and control characters escaped; other bytes stay as they are.
std::string quote(std::string_view text);
// Whether `name` can stand after % (or as a graph's name) without quotes.
bool is_bare_name(std::string_view name);

// The elements of a constant, as the text form writes them after its type: "{1, 2}", "fill(0)", "seed(7)", "hash(1f..)".
std::string print_elements(const Tensor& tensor, std::size_t max_constant);
Tensor parse_elements(Lexer& lexer, DType dtype, Shape shape);

}  // namespace onnxrun::text
