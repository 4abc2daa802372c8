// Dim: one dimension of a shape, a known number or an integer expression over named symbols.
//
// Expressions are kept as polynomials in a canonical order, so `2*N + N` and `3*N` are equal; what a polynomial can't
// say (a division that may leave a remainder) is an opaque atom. Equality is structural: equal Dims are equal for every
// value of their symbols, unequal ones may still coincide. Numbers wrap modulo 2^64, as int64 tensors do; expressions of more
// than 512 characters become opaque symbols. Values are immutable and may be shared between threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace onnxrun {

struct DimExpr;  // the polynomial, in dim.cpp

class Dim {
 public:
  Dim() = default;  // 0
  Dim(std::int64_t value) : value_(value) {}  // implicit: shapes are written {1, 3, 224, 224}
  // Any name will do; str() puts quotes around one that is no word: `"batch size"`.
  static Dim symbol(std::string_view name);
  // Parses what str() prints: `N`, `2*N + 1`, `floordiv(N + 6, 2)`. nullopt when it is not such a text.
  static std::optional<Dim> parse(std::string_view text);

  bool known() const { return expr_ == nullptr; }
  std::int64_t value() const { return value_; }  // only when known()
  bool is(std::int64_t v) const { return known() && value_ == v; }
  // The name when this is one symbol and nothing else, else empty.
  std::string_view symbol_name() const;
  std::string str() const;

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  // Rounds towards minus infinity; b must not be zero.
  friend Dim floor_div(const Dim& a, const Dim& b);
  friend Dim ceil_div(const Dim& a, const Dim& b);
  // a / b when it leaves no remainder for every value of the symbols, else nullopt.
  friend std::optional<Dim> exact_div(const Dim& a, const Dim& b);
  friend bool operator==(const Dim& a, const Dim& b);
  // Whether d >= 0 can be seen to hold for all non-negative values of its symbols (sizes never are negative).
  friend bool nonnegative(const Dim& d);

  // The Dim with every symbol for which `lookup` gives one replaced.
  using Lookup = std::function<std::optional<Dim>(std::string_view symbol)>;
  Dim substitute(const Lookup& lookup) const;

 private:
  friend struct DimExpr;
  explicit Dim(std::shared_ptr<const DimExpr> expr) : expr_(std::move(expr)) {}
  std::int64_t value_ = 0;
  std::shared_ptr<const DimExpr> expr_;
};

Dim floor_div(const Dim& a, const Dim& b);
Dim ceil_div(const Dim& a, const Dim& b);
std::optional<Dim> exact_div(const Dim& a, const Dim& b);
bool nonnegative(const Dim& d);

using Dims = std::vector<Dim>;

// Product of all dims (1 for a scalar).
Dim dims_product(const Dims& dims);
// The numbers when every dim is known.
std::optional<std::vector<std::int64_t>> known_shape(const Dims& dims);
Dims dims_of(const std::vector<std::int64_t>& shape);
// "[N, 3, 224, 224]"
std::string dims_str(const Dims& dims);

}  // namespace onnxrun
