#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

void check(std::string_view op, std::string_view a, std::string_view b, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  check_on_every_backend(fmt::format("graph(%a: {}, %b: {}) -> (%y) {{ %y = {}(%a, %b) }}", a, b, op), options);
}

TEST_CASE("cpu element-wise integers: arithmetic and comparisons with broadcasting") {
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Min", "Max", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"}) {
    for (const char* t : {"i64", "i32"}) {
      const CheckOptions options{.ranges = {{"b", {1, 9}}}};
      check(op, fmt::format("{}[3, 5]", t), fmt::format("{}[3, 5]", t), options);
      check(op, fmt::format("{}[40, 1, 7]", t), fmt::format("{}[9, 1]", t), options);
      check(op, fmt::format("{}[]", t), fmt::format("{}[20000]", t), options);
      check(op, fmt::format("{}[0, 3]", t), fmt::format("{}[3]", t), options);
      check(op, fmt::format("{}[2, 4, 3]@channels_last", t), fmt::format("{}[4, 1]", t), options);
    }
  }
}

TEST_CASE("cpu element-wise integers: results that wrap around") {
  const Tensor a = Tensor::of<std::int64_t>({3}, {INT64_MAX, INT64_MIN, INT64_MIN}),
               b = Tensor::of<std::int64_t>({3}, {1, -1, 1});
  for (const char* op : {"Add", "Sub", "Mul", "Div"}) check(op, "i64[3]", "i64[3]", {.tensors = {{"a", a}, {"b", b}}});
}

TEST_CASE("cpu element-wise bools") {
  for (const char* op : {"And", "Or", "Xor", "Equal"}) {
    check(op, "bool[40, 50]", "bool[50]");
    check(op, "bool[2, 1]", "bool[2, 30]");
  }
  check_on_every_backend("graph(%x: bool[70]) -> (%y) { %y = Not(%x) }", {.claimed_by = {"cpu"}});
}

TEST_CASE("cpu element-wise comparisons of floats") {
  for (const char* op : {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"}) {
    check(op, "f32[40, 37]", "f32[37]");
    check(op, "bf16[40]", "bf16[40]");
    check(op, "f32[40]", "f32[]");
  }
}

}  // namespace
}  // namespace onnxrun::test
