#include "engine/ir/dim.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <limits>

#include "engine/ir/dim_word.h"

namespace onnxrun {
namespace {

// A symbol, or floordiv(a, b). Atoms are compared by their text, which is canonical.
struct Atom {
  std::string text;  // as printed: a symbol's name, in quotes where it doesn't look like one
  bool is_symbol = true;
  std::string name;  // of a symbol
  Dim a, b;          // of floordiv
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

// Arithmetic modulo 2^64, as int64 tensors do it: a hostile model may overflow, and must not do more than that.
std::int64_t add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t multiply(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}
bool divides(std::int64_t b, std::int64_t a) { return b == -1 || a % b == 0; }
std::int64_t floor_div_int(std::int64_t a, std::int64_t b) {
  if (b == -1) return multiply(a, -1);
  const std::int64_t q = a / b;
  return q - ((a % b != 0) && ((a < 0) != (b < 0)) ? 1 : 0);
}

// Longer expressions become one opaque symbol, so that no sequence of operators makes them grow without bound.
constexpr std::size_t kMaxText = 512;

std::string symbol_text(std::string_view name) {
  const bool plain = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 && name != "floordiv" &&
                     std::all_of(name.begin(), name.end(), is_word_char);
  if (plain) return std::string(name);
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

AtomPtr symbol_atom(std::string_view name) {
  return std::make_shared<Atom>(Atom{symbol_text(name), true, std::string(name), {}, {}});
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
        merged.back().coefficient = add(merged.back().coefficient, t.coefficient);
      } else {
        merged.push_back(std::move(t));
      }
    }
    std::erase_if(merged, [](const Term& t) { return t.coefficient == 0; });
    if (merged.empty()) return Dim(0);
    if (merged.size() == 1 && merged[0].atoms.empty()) return Dim(merged[0].coefficient);
    auto expr = std::make_shared<DimExpr>();
    expr->text = print(merged);
    const bool is_symbol = merged.size() == 1 && merged[0].atoms.size() == 1 && merged[0].coefficient == 1 && merged[0].atoms[0]->is_symbol;
    if (expr->text.size() > kMaxText && !is_symbol) return of_atom(symbol_atom(fmt::format("_h{:016x}", hash(expr->text))));
    expr->terms = std::move(merged);
    return Dim(std::shared_ptr<const DimExpr>(std::move(expr)));
  }

  static Dim of_atom(AtomPtr atom) { return make({{1, {std::move(atom)}}}); }

  static std::uint64_t hash(std::string_view text) {
    std::uint64_t h = 0xcbf29ce484222325u;  // FNV-1a
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return h;
  }

  static std::string print(const std::vector<Term>& terms) {
    std::string out;
    for (const Term& t : terms) {
      std::int64_t c = t.coefficient;
      if (!out.empty()) {
        out += c < 0 ? " - " : " + ";
        if (c < 0 && c != std::numeric_limits<std::int64_t>::min()) c = -c;
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

  static Dim floor_div(const Dim& a, const Dim& b);

  static Dim substitute_atom(const AtomPtr& atom, const Dim::Lookup& lookup) {
    if (!atom->is_symbol) {
      const Dim divisor = substitute(atom->b, lookup);
      if (!divisor.is(0)) return onnxrun::floor_div(substitute(atom->a, lookup), divisor);
      return of_atom(atom);
    }
    if (auto found = lookup(atom->name)) return *found;
    return of_atom(atom);
  }
};

namespace {

// The term divided by one other term, when that is exact.
std::optional<Term> divide(const Term& t, const Term& by) {
  if (!divides(by.coefficient, t.coefficient)) return std::nullopt;
  Term q{by.coefficient == -1 ? multiply(t.coefficient, -1) : t.coefficient / by.coefficient, t.atoms};
  for (const AtomPtr& atom : by.atoms) {
    const auto at = std::find_if(q.atoms.begin(), q.atoms.end(), [&](const AtomPtr& x) { return x->text == atom->text; });
    if (at == q.atoms.end()) return std::nullopt;
    q.atoms.erase(at);
  }
  return q;
}

}  // namespace

// One normal form for what is equal: multiples of b come out (floor((q*b + r) / b) = q + floor(r / b)), the constant that
// stays is in [0, b), and floordiv(floordiv(x, p) + c, b) is floordiv(x + c*p, p*b), for positive numbers b and p.
Dim DimExpr::floor_div(const Dim& a, const Dim& b) {
  const auto by = terms_of(b);
  Dim out = 0;
  std::vector<Term> rest;
  for (const Term& t : terms_of(a)) {
    auto q = by.size() == 1 ? divide(t, by[0]) : std::nullopt;
    if (q) {
      out = out + make({std::move(*q)});
    } else if (t.atoms.empty() && b.known() && b.value() > 0) {
      const std::int64_t multiple = floor_div_int(t.coefficient, b.value());
      out = out + multiple;
      rest.push_back({t.coefficient - multiple * b.value(), {}});
    } else {
      rest.push_back(t);
    }
  }
  const std::int64_t c = !rest.empty() && rest.back().atoms.empty() ? rest.back().coefficient : 0;
  const bool one_atom = rest.size() == (c != 0 ? 2 : 1) && rest[0].atoms.size() == 1 && rest[0].coefficient == 1;
  if (one_atom && !rest[0].atoms[0]->is_symbol && b.known() && b.value() > 0) {
    const Atom& inner = *rest[0].atoms[0];
    std::int64_t divisor = 0;
    if (inner.b.known() && inner.b.value() > 0 && !__builtin_mul_overflow(inner.b.value(), b.value(), &divisor)) {
      return out + onnxrun::floor_div(inner.a + inner.b * Dim(c), divisor);
    }
  }
  const Dim r = make(std::move(rest));
  if (r.known() && b.known()) return out + floor_div_int(r.value(), b.value());
  return out + of_atom(std::make_shared<Atom>(Atom{fmt::format("floordiv({}, {})", r.str(), b.str()), false, {}, r, b}));
}

Dim Dim::symbol(std::string_view name) {
  return DimExpr::of_atom(symbol_atom(name));
}

std::string_view Dim::symbol_name() const {
  if (known() || expr_->terms.size() != 1) return {};
  const Term& t = expr_->terms[0];
  return t.coefficient == 1 && t.atoms.size() == 1 && t.atoms[0]->is_symbol ? std::string_view(t.atoms[0]->name)
                                                                            : std::string_view();
}

std::string Dim::str() const { return known() ? fmt::format("{}", value_) : expr_->text; }

bool operator==(const Dim& a, const Dim& b) {
  if (a.known() != b.known()) return false;
  return a.known() ? a.value_ == b.value_ : a.expr_ == b.expr_ || a.expr_->text == b.expr_->text;
}

Dim operator+(const Dim& a, const Dim& b) {
  if (a.known() && b.known()) return Dim(add(a.value_, b.value_));
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
      Term t{multiply(x.coefficient, y.coefficient), x.atoms};
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
  if (a.known() && b.known()) return Dim(floor_div_int(a.value(), b.value()));
  if (auto exact = exact_div(a, b)) return *exact;
  return DimExpr::floor_div(a, b);
}

Dim ceil_div(const Dim& a, const Dim& b) {
  if (b.known() && b.value() > 0) return floor_div(a + b - 1, b);
  return Dim(0) - floor_div(Dim(0) - a, b);
}

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
