#include "engine/ir/dim.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>

namespace onnxrun {
namespace {

// A symbol, or floordiv(a, b). Atoms are compared by their text, which is canonical.
struct Atom {
  std::string text;
  bool is_symbol = true;
  Dim a, b;  // of floordiv
};
using AtomPtr = std::shared_ptr<const Atom>;

// coefficient * product of atoms, the atoms sorted by text.
struct Term {
  std::int64_t coefficient = 0;
  std::vector<AtomPtr> atoms;

  bool same_atoms(const Term& other) const {
    return std::equal(atoms.begin(), atoms.end(), other.atoms.begin(), other.atoms.end(),
                      [](const AtomPtr& x, const AtomPtr& y) { return x->text == y->text; });
  }
};

bool atoms_less(const Term& x, const Term& y) {
  // Higher degree first, constants last, so a text reads `2*N + 1`.
  if (x.atoms.size() != y.atoms.size()) return x.atoms.size() > y.atoms.size();
  return std::lexicographical_compare(x.atoms.begin(), x.atoms.end(), y.atoms.begin(), y.atoms.end(),
                                      [](const AtomPtr& a, const AtomPtr& b) { return a->text < b->text; });
}

std::int64_t floor_div_int(std::int64_t a, std::int64_t b) {
  const std::int64_t q = a / b;
  return q - ((a % b != 0) && ((a < 0) != (b < 0)) ? 1 : 0);
}

}  // namespace

struct DimExpr {
  std::vector<Term> terms;  // canonical: sorted, no zero coefficients, no two with the same atoms
  std::string text;

  static std::vector<Term> terms_of(const Dim& d) {
    if (!d.known()) return d.expr_->terms;
    if (d.value() == 0) return {};
    return {{d.value(), {}}};
  }

  static Dim make(std::vector<Term> terms) {
    std::sort(terms.begin(), terms.end(), atoms_less);
    std::vector<Term> merged;
    for (Term& t : terms) {
      if (!merged.empty() && merged.back().same_atoms(t)) {
        merged.back().coefficient += t.coefficient;
      } else {
        merged.push_back(std::move(t));
      }
    }
    std::erase_if(merged, [](const Term& t) { return t.coefficient == 0; });
    if (merged.empty()) return Dim(0);
    if (merged.size() == 1 && merged[0].atoms.empty()) return Dim(merged[0].coefficient);
    auto expr = std::make_shared<DimExpr>();
    expr->terms = std::move(merged);
    expr->text = print(expr->terms);
    return Dim(std::shared_ptr<const DimExpr>(std::move(expr)));
  }

  static Dim of_atom(AtomPtr atom) { return make({{1, {std::move(atom)}}}); }

  static std::string print(const std::vector<Term>& terms) {
    std::string out;
    for (const Term& t : terms) {
      std::int64_t c = t.coefficient;
      if (!out.empty()) {
        out += c < 0 ? " - " : " + ";
        c = c < 0 ? -c : c;
      }
      if (t.atoms.empty()) {
        out += fmt::format("{}", c);
        continue;
      }
      if (c == -1) out += "-";
      if (c != 1 && c != -1) out += fmt::format("{}*", c);
      for (std::size_t i = 0; i < t.atoms.size(); ++i) out += (i ? "*" : "") + t.atoms[i]->text;
    }
    return out;
  }

  static Dim substitute(const Dim& d, const Dim::Lookup& lookup) {
    if (d.known()) return d;
    Dim sum = 0;
    for (const Term& t : d.expr_->terms) {
      Dim product = t.coefficient;
      for (const AtomPtr& atom : t.atoms) product = product * substitute_atom(atom, lookup);
      sum = sum + product;
    }
    return sum;
  }

  static Dim substitute_atom(const AtomPtr& atom, const Dim::Lookup& lookup) {
    if (!atom->is_symbol) {
      const Dim divisor = substitute(atom->b, lookup);
      if (!divisor.is(0)) return floor_div(substitute(atom->a, lookup), divisor);
      return of_atom(atom);
    }
    if (auto found = lookup(atom->text)) return *found;
    return of_atom(atom);
  }
};

namespace {

// The term divided by one other term, when that is exact.
std::optional<Term> divide(const Term& t, const Term& by) {
  if (t.coefficient % by.coefficient != 0) return std::nullopt;
  Term q{t.coefficient / by.coefficient, t.atoms};
  for (const AtomPtr& atom : by.atoms) {
    const auto at = std::find_if(q.atoms.begin(), q.atoms.end(), [&](const AtomPtr& x) { return x->text == atom->text; });
    if (at == q.atoms.end()) return std::nullopt;
    q.atoms.erase(at);
  }
  return q;
}

// Recursive descent over what print() writes; spaces are free.
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
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_' || text_[at_] == '.')) ++at_;
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

Dim Dim::symbol(std::string_view name) {
  return DimExpr::of_atom(std::make_shared<Atom>(Atom{std::string(name), true, {}, {}}));
}

std::optional<Dim> Dim::parse(std::string_view text) {
  return Parser(text).whole();
}

std::string_view Dim::symbol_name() const {
  if (known() || expr_->terms.size() != 1) return {};
  const Term& t = expr_->terms[0];
  return t.coefficient == 1 && t.atoms.size() == 1 && t.atoms[0]->is_symbol ? std::string_view(t.atoms[0]->text)
                                                                            : std::string_view();
}

std::string Dim::str() const { return known() ? fmt::format("{}", value_) : expr_->text; }

bool operator==(const Dim& a, const Dim& b) {
  if (a.known() != b.known()) return false;
  return a.known() ? a.value_ == b.value_ : a.expr_ == b.expr_ || a.expr_->text == b.expr_->text;
}

Dim operator+(const Dim& a, const Dim& b) {
  if (a.known() && b.known()) return Dim(static_cast<std::int64_t>(static_cast<std::uint64_t>(a.value_) + static_cast<std::uint64_t>(b.value_)));
  auto terms = DimExpr::terms_of(a);
  const auto more = DimExpr::terms_of(b);
  terms.insert(terms.end(), more.begin(), more.end());
  return DimExpr::make(std::move(terms));
}

Dim operator-(const Dim& a, const Dim& b) { return a + Dim(-1) * b; }

Dim operator*(const Dim& a, const Dim& b) {
  if (a.known() && b.known()) return Dim(static_cast<std::int64_t>(static_cast<std::uint64_t>(a.value_) * static_cast<std::uint64_t>(b.value_)));
  std::vector<Term> terms;
  for (const Term& x : DimExpr::terms_of(a)) {
    for (const Term& y : DimExpr::terms_of(b)) {
      Term t{x.coefficient * y.coefficient, x.atoms};
      t.atoms.insert(t.atoms.end(), y.atoms.begin(), y.atoms.end());
      std::sort(t.atoms.begin(), t.atoms.end(), [](const AtomPtr& p, const AtomPtr& q) { return p->text < q->text; });
      terms.push_back(std::move(t));
    }
  }
  return DimExpr::make(std::move(terms));
}

std::optional<Dim> exact_div(const Dim& a, const Dim& b) {
  assert(!b.is(0));
  if (a == b) return Dim(1);
  const auto by = DimExpr::terms_of(b);
  if (by.size() != 1) return std::nullopt;
  std::vector<Term> terms;
  for (const Term& t : DimExpr::terms_of(a)) {
    auto q = divide(t, by[0]);
    if (!q) return std::nullopt;
    terms.push_back(std::move(*q));
  }
  return DimExpr::make(std::move(terms));
}

Dim floor_div(const Dim& a, const Dim& b) {
  assert(!b.is(0));
  if (a.known() && b.known()) return Dim(floor_div_int(a.value_, b.value_));
  if (auto exact = exact_div(a, b)) return *exact;
  auto atom = std::make_shared<Atom>(Atom{fmt::format("floordiv({}, {})", a.str(), b.str()), false, a, b});
  return DimExpr::of_atom(std::move(atom));
}

Dim ceil_div(const Dim& a, const Dim& b) { return Dim(0) - floor_div(Dim(0) - a, b); }

bool nonnegative(const Dim& d) {
  if (d.known()) return d.value_ >= 0;
  return std::ranges::all_of(d.expr_->terms, [](const Term& t) {
    return t.coefficient >= 0 && std::ranges::all_of(t.atoms, [](const AtomPtr& atom) {
             return atom->is_symbol || (nonnegative(atom->a) && nonnegative(atom->b));
           });
  });
}

Dim Dim::substitute(const Lookup& lookup) const { return DimExpr::substitute(*this, lookup); }

Dim dims_product(const Dims& dims) {
  Dim product = 1;
  for (const Dim& d : dims) product = product * d;
  return product;
}

std::optional<std::vector<std::int64_t>> known_shape(const Dims& dims) {
  std::vector<std::int64_t> shape;
  shape.reserve(dims.size());
  for (const Dim& d : dims) {
    if (!d.known()) return std::nullopt;
    shape.push_back(d.value());
  }
  return shape;
}

Dims dims_of(const std::vector<std::int64_t>& shape) { return {shape.begin(), shape.end()}; }

std::string dims_str(const Dims& dims) {
  std::string out = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) out += (i ? ", " : "") + dims[i].str();
  return out + "]";
}

}  // namespace onnxrun
