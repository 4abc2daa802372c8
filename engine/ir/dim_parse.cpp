// Dim::parse().
#include <cctype>

#include "engine/ir/dim.h"
#include "engine/ir/dim_word.h"

namespace onnxrun {
namespace {

// Recursive descent over what str() prints; spaces are free.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Dim> whole() {
    auto d = sum();
    skip();
    return d && at_ == text_.size() ? d : std::nullopt;
  }

 private:
  static constexpr int kMaxDepth = 64;

  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool eat(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::optional<Dim> sum() {
    if (++depth_ > kMaxDepth) return std::nullopt;
    const bool negative = eat('-');
    auto total = product();
    if (total && negative) total = Dim(0) - *total;
    while (total) {
      const bool plus = eat('+');
      if (!plus && !eat('-')) break;
      auto next = product();
      if (!next) return std::nullopt;
      total = plus ? *total + *next : *total - *next;
    }
    --depth_;
    return total;
  }
  std::optional<Dim> product() {
    auto total = factor();
    while (total && eat('*')) {
      auto next = factor();
      if (!next) return std::nullopt;
      total = *total * *next;
    }
    return total;
  }
  std::optional<Dim> factor() {
    if (eat('(')) {
      auto d = sum();
      return d && eat(')') ? d : std::nullopt;
    }
    if (eat('"')) return quoted_symbol();
    const std::size_t start = at_;
    while (at_ < text_.size() && is_word_char(text_[at_])) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    if (word.empty()) return std::nullopt;
    if (std::isdigit(static_cast<unsigned char>(word[0]))) return number(word);
    if (word != "floordiv") return Dim::symbol(word);
    if (!eat('(')) return std::nullopt;
    auto a = sum();
    if (!a || !eat(',')) return std::nullopt;
    auto b = sum();
    if (!b || b->is(0) || !eat(')')) return std::nullopt;
    return floor_div(*a, *b);
  }
  std::optional<Dim> quoted_symbol() {
    std::string name;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\' && ++at_ == text_.size()) return std::nullopt;
      name += text_[at_++];
    }
    return eat('"') ? std::optional(Dim::symbol(name)) : std::nullopt;
  }
  static std::optional<Dim> number(std::string_view word) {
    std::int64_t v = 0;
    for (const char c : word) {
      if (!std::isdigit(static_cast<unsigned char>(c)) || __builtin_mul_overflow(v, 10, &v) ||
          __builtin_add_overflow(v, c - '0', &v)) {
        return std::nullopt;
      }
    }
    return Dim(v);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<Dim> Dim::parse(std::string_view text) { return Parser(text).whole(); }

}  // namespace onnxrun
