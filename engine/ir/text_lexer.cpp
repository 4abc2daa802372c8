#include "engine/ir/text_lexer.h"

#include <algorithm>

namespace onnxrun::text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_letter(c) || is_digit(c) || c == '.'; }

std::string describe(const Token& t) {
  switch (t.kind) {
    case TokenKind::kEnd: return "the end of the text";
    case TokenKind::kValue: return "%" + t.text;
    case TokenKind::kString: return quote(t.text);
    default: return "'" + t.text + "'";
  }
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

bool is_bare_name(std::string_view name) { return !name.empty() && std::ranges::all_of(name, is_name_char); }

std::string Lexer::where(std::size_t at) const {
  const std::string_view before = text_.substr(0, std::min(at, text_.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t start = before.rfind('\n');
  return fmt::format("text {}:{}", line, before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1);
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      ++at_;
    } else if (text_.substr(at_, 2) == "//") {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else {
      return;
    }
  }
}

std::string Lexer::scan_string() {
  const std::size_t start = at_++;
  std::string out;
  while (true) {
    if (at_ >= text_.size()) fail_at(start, "this string has no end");
    const char c = text_[at_++];
    if (c == '"') return out;
    if (c != '\\') {
      out += c;
      continue;
    }
    const char escape = at_ < text_.size() ? text_[at_++] : '\0';
    switch (escape) {
      case '"': case '\\': case '/': out += escape; break;
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'u': {
        int code = 0;
        for (int i = 0; i < 4; ++i) {
          const int digit = at_ < text_.size() ? hex_digit(text_[at_]) : -1;
          if (digit < 0) fail_at(at_, "\\u wants four hexadecimal digits");
          code = code * 16 + digit;
          ++at_;
        }
        if (code > 0xff) fail_at(at_ - 6, "\\u{:04x}: write characters above 00ff as UTF-8", static_cast<unsigned>(code));
        out += static_cast<char>(code);
        break;
      }
      default: fail_at(at_ - 1, "unknown escape in a string");
    }
  }
}

std::string Lexer::scan_number() {
  const std::size_t start = at_++;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const bool exponent_sign = (c == '-' || c == '+') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E') &&
                               text_.substr(start, 2) != "0x";
    if (!is_name_char(c) && !exponent_sign) break;
    ++at_;
  }
  return std::string(text_.substr(start, at_ - start));
}

Token Lexer::scan() {
  skip_blanks();
  Token t;
  t.at = at_;
  if (at_ >= text_.size()) return t;
  const char c = text_[at_];
  const char following = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (c == '%') {
    t.kind = TokenKind::kValue;
    ++at_;
    if (following == '"') {
      t.text = scan_string();
    } else {
      while (at_ < text_.size() && is_name_char(text_[at_])) t.text += text_[at_++];
    }
    if (t.text.empty()) fail_at(t.at, "a value needs a name after %");
  } else if (c == '"') {
    t.kind = TokenKind::kString;
    t.text = scan_string();
  } else if (is_letter(c)) {
    t.kind = TokenKind::kWord;
    while (at_ < text_.size() && is_name_char(text_[at_])) t.text += text_[at_++];
  } else if (is_digit(c) || (c == '-' && (is_name_char(following)))) {
    t.kind = TokenKind::kNumber;
    t.text = scan_number();
  } else {
    t.kind = TokenKind::kPunct;
    t.text = c == '-' && following == '>' ? "->" : std::string(1, c);
    if (t.text != "->" && std::string_view("(){}[],:=|@?").find(c) == std::string_view::npos) fail_at(at_, "unexpected character '{}'", c);
    at_ += t.text.size();
  }
  return t;
}

const Token& Lexer::peek() {
  if (!peeked_) peeked_ = scan();
  return *peeked_;
}

Token Lexer::next() {
  Token t = peek();
  peeked_.reset();
  return t;
}

bool Lexer::is(std::string_view wanted) {
  const Token& t = peek();
  return (t.kind == TokenKind::kPunct || t.kind == TokenKind::kWord) && t.text == wanted;
}

bool Lexer::accept(std::string_view wanted) {
  if (!is(wanted)) return false;
  peeked_.reset();
  return true;
}

void Lexer::expect(std::string_view wanted) {
  if (!accept(wanted)) fail_at(peek().at, "found {}, want '{}'", describe(peek()), wanted);
}

Token Lexer::expect(TokenKind kind, std::string_view what) {
  if (peek().kind != kind) fail_at(peek().at, "found {}, want {}", describe(peek()), what);
  return next();
}

Token Lexer::dimension() {
  skip_blanks();
  Token t{TokenKind::kWord, {}, at_};
  int depth = 0;
  for (bool in_string = false; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\\' && in_string && at_ + 1 < text_.size()) {
      t.text += text_[at_++];
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      if (depth == 0 && (c == ',' || c == ']')) break;
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    t.text += text_[at_];
  }
  while (!t.text.empty() && t.text.back() == ' ') t.text.pop_back();
  return t;
}

}  // namespace onnxrun::text
