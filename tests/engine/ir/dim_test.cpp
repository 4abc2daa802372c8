#include "engine/ir/dim.h"

#include <doctest/doctest.h>

#include <limits>

namespace onnxrun {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

const Dim n = Dim::symbol("N"), m = Dim::symbol("M");

// The dim with N and M replaced by numbers.
std::int64_t at(const Dim& d, std::int64_t n_value, std::int64_t m_value = 1) {
  const Dim r = d.substitute([&](std::string_view s) { return std::optional(Dim(s == "N" ? n_value : m_value)); });
  REQUIRE(r.known());
  return r.value();
}

TEST_CASE("dim: numbers") {
  CHECK(Dim() == Dim(0));
  CHECK(Dim(3) + 4 == Dim(7));
  CHECK(Dim(3) * 4 - 2 == Dim(10));
  CHECK(floor_div(7, 2) == Dim(3));
  CHECK(floor_div(-7, 2) == Dim(-4));
  CHECK(floor_div(7, -2) == Dim(-4));
  CHECK(ceil_div(7, 2) == Dim(4));
  CHECK(ceil_div(-7, 2) == Dim(-3));
  CHECK(ceil_div(7, -2) == Dim(-3));
  CHECK(Dim(5).str() == "5");
  CHECK(Dim(5).is(5));
  CHECK(!n.is(0));
}

TEST_CASE("dim: equal expressions have one form") {
  CHECK(n * 2 + n == n * 3);
  CHECK(n + m == m + n);
  CHECK((n + m) * (n - m) == n * n - m * m);
  CHECK(n - n == Dim(0));
  CHECK((n + 1) - n == Dim(1));
  CHECK(n != m);
  CHECK(n != n + 1);
  CHECK(n != Dim(1));
  CHECK((n * 2 + 1).str() == "2*N + 1");
  CHECK((m * n * -1 + n * n - 1).str() == "-M*N + N*N - 1");
  CHECK((Dim(0) - n).str() == "-N");
  CHECK(n.symbol_name() == "N");
  CHECK((n + 1).symbol_name().empty());
  CHECK((n * 2).symbol_name().empty());
  CHECK(floor_div(n, 2).symbol_name().empty());
  CHECK(Dim(2).symbol_name().empty());
}

TEST_CASE("dim: divisions come to one form") {
  CHECK(floor_div(n * 2 + 6, 2) == n + 3);
  CHECK(floor_div(n * m, m) == n);
  CHECK(floor_div(n * 4 + 3, 4) == n);
  CHECK(floor_div(n - 1, 2) + 1 == floor_div(n + 1, 2));
  CHECK(floor_div(n - 1, 2).str() == "floordiv(N + 1, 2) - 1");
  CHECK(floor_div(floor_div(n + 1, 2) + 1, 2) == floor_div(n + 3, 4));
  CHECK(ceil_div(n, 2) == floor_div(n + 1, 2));
  CHECK(ceil_div(n * 2, 2) == n);
  CHECK(floor_div(n * m + m + 1, m) == n + 1 + floor_div(1, m));
  CHECK(floor_div(n, n) == Dim(1));
  CHECK(floor_div(n, 2) != floor_div(n, 3));
  CHECK(*exact_div(n * m * 6, n * 2) == m * 3);
  CHECK(!exact_div(n, 2));
  CHECK(!exact_div(n + 1, m));
  CHECK(!exact_div(n, n + 1));
}

TEST_CASE("dim: every form has the value of the formula") {
  for (std::int64_t b : {-5, -2, -1, 1, 2, 3, 7}) {
    for (std::int64_t c : {-9, -1, 0, 1, 2, 8}) {
      const Dim once = floor_div(n * 3 + m * b + c, b);
      const Dim twice = floor_div(floor_div(n + c, 3) + c, b);
      const Dim up = ceil_div(n + c, b);
      for (std::int64_t x = -8; x < 9; ++x) {
        const auto floor = [](std::int64_t p, std::int64_t q) { return p / q - (p % q != 0 && (p < 0) != (q < 0) ? 1 : 0); };
        CHECK(at(once, x, 5) == floor(x * 3 + 5 * b + c, b));
        CHECK(at(twice, x) == floor(floor(x + c, 3) + c, b));
        CHECK(at(up, x) == -floor(-(x + c), b));
      }
    }
  }
}

TEST_CASE("dim: text reads back") {
  for (const char* text : {"N", "2*N + 1", "floordiv(N + 3, 4) + 1", "-M*N + 3", "N*N", "floordiv(floordiv(N, M) + 1, 2)", "0", "-3", "a.b_1",
                           "\"batch size\"", "\"1st\"", "\"a\\\"b\\\\\"", "\"\"", "\"floordiv\"", "2*\"x y\" + 1"}) {
    CAPTURE(text);
    const auto d = Dim::parse(text);
    REQUIRE(d);
    CHECK(d->str() == text);
    CHECK(*Dim::parse(d->str()) == *d);
  }
  CHECK(*Dim::parse(" ( N + 1 ) * 2 ") == n * 2 + 2);
  CHECK(Dim::symbol("N + 1") != n + 1);
  CHECK(Dim::symbol("N + 1").symbol_name() == "N + 1");
  CHECK(Dim::symbol("7").str() == "\"7\"");
  for (const char* bad : {"", "N +", "* N", "N N", "floordiv(N)", "floordiv(N, 0)", "2N", "(N", "N)", "\"a", "9223372036854775808", "N,", "?"}) {
    CAPTURE(bad);
    CHECK(!Dim::parse(bad));
  }
  CHECK(!Dim::parse(std::string(10000, '(')));
}

TEST_CASE("dim: substitution") {
  const auto to_m = [](std::string_view s) { return s == "N" ? std::optional(m * 2) : std::nullopt; };
  CHECK((n + m).substitute(to_m) == m * 3);
  CHECK(floor_div(n, 2).substitute(to_m) == m);
  CHECK(floor_div(n, m).substitute(to_m) == Dim(2));
  CHECK(Dim(4).substitute(to_m) == Dim(4));
  // A divisor that turns out to be zero leaves the division as it is.
  CHECK(floor_div(n, m).substitute([](std::string_view s) { return s == "M" ? std::optional(Dim(0)) : std::nullopt; }) == floor_div(n, m));
}

TEST_CASE("dim: overflow wraps") {
  CHECK(Dim(kMax) + 1 == Dim(kMin));
  CHECK(Dim(kMin) * -1 == Dim(kMin));
  CHECK(floor_div(kMin, -1) == Dim(kMin));
  CHECK((n * kMax + n).str() == "-9223372036854775808*N");
  CHECK((m + n * kMax + n).str() == "M - -9223372036854775808*N");
  CHECK(floor_div(n * kMin, -1) == n * kMin);
  CHECK(dims_product({Dim(kMax), Dim(2)}) == Dim(-2));
}

TEST_CASE("dim: expressions do not grow without bound") {
  Dim power = n + m + 1, nested = n;
  for (int i = 0; i < 40; ++i) {
    power = power * power;
    nested = floor_div(nested * m + 1, nested + 1);
    CHECK(power.str().size() <= 512);
    CHECK(nested.str().size() <= 512);
  }
  CHECK(!power.known());
  CHECK(power == power + 0);
  const std::string name(1000, 'x');
  CHECK(Dim::symbol(name).symbol_name() == name);
  CHECK((Dim::symbol(name) + 1).str().size() < 100);
}

TEST_CASE("dim: lists") {
  CHECK(dims_product({}) == Dim(1));
  CHECK(dims_product({2, n, 3}) == n * 6);
  CHECK(dims_str({n, 3}) == "[N, 3]");
  CHECK(dims_str({}) == "[]");
  CHECK(*known_shape({2, 3}) == std::vector<std::int64_t>{2, 3});
  CHECK(!known_shape({2, n}));
  CHECK(dims_of({2, 3}) == Dims{2, 3});
}

}  // namespace
}  // namespace onnxrun
