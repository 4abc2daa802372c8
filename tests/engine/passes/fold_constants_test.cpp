#include <doctest/doctest.h>

#include <fmt/format.h>

#include "engine/base/string_bytes.h"
#include "engine/ir/infer.h"
#include "engine/ir/text.h"
#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

TEST_CASE("fold_constants: nodes of constants become constants, one after the other") {
  check_pass(R"(graph main(%x: f32[2]) -> (%y) {
  %a = const f32[2] {1, 2}
  %b = Add(%a, %a)
  %c = Mul(%b, %a)
  %y = Add(%x, %c)
})",
             fold_constants, R"(graph main(%x: f32[2]) -> (%y) {
  %c = const f32[2] {2, 8}
  %y = Add(%x, %c)
})");
}

TEST_CASE("fold_constants: shape arithmetic on known dimensions") {
  check_pass(R"(graph main(%x: f32[N, 12, 64]) -> (%y) {
  %s = Shape(%x)
  %i = const i64[] {1}
  %j = const i64[] {2}
  %h = Gather(%s, %i)
  %d = Gather(%s, %j)
  %p = Mul(%h, %d)
  %f = Cast(%p) {to = 1}
  %y = Mul(%x, %f)
})",
             fold_constants, R"(graph main(%x: f32[N, 12, 64]) -> (%y) {
  %f = const f32[] {768}
  %y = Mul(%x, %f)
})");
}

TEST_CASE("fold_constants: what becomes known is used further down") {
  check_pass(R"(graph main(%x: f32[2, 3]) -> (%y) {
  %half = const f32[1] {6.5}
  %s = Cast(%half) {to = 7}
  %y = Reshape(%x, %s)
})",
             fold_constants, "graph main(%x: f32[2, 3]) -> (%y) {\n %s = const i64[1] {6}\n %y: f32[6] = Reshape(%x, %s)\n}");
}

TEST_CASE("fold_constants: constants as graph outputs and in subgraphs") {
  check_pass("graph main() -> (%y) {\n %a = const f32[] {-2}\n %y = Relu(%a)\n}", fold_constants, "graph main() -> (%y) {\n %y = const f32[] {0}\n}");
  check_same_results(R"(graph main(%x: f32[2], %c: bool[]) -> (%y) {
  %y = If(%c | %x) then_branch {
    graph t(%x: f32[2]) -> (%r) {
      %a = const f32[] {2}
      %b = Mul(%a, %a)
      %r = Mul(%x, %b)
    }
  } else_branch {
    graph e(%x: f32[2]) -> (%r) {
      %r = Relu(%x)
    }
  }
})",
                     fold_constants);
}

TEST_CASE("fold_constants: what is random, unknown, too large or quantised weight stays") {
  check_pass_unchanged("graph main(%x: f32[N, 4]) -> (%s) {\n %s = Shape(%x)\n}", fold_constants);
  check_pass_unchanged("graph main(%x: f32[4000, 4000]) -> (%y) {\n %s = const i64[2] {4000, 4000}\n %v = const f32[] {1}\n"
                       " %e = Expand(%v, %s)\n %y = Add(%x, %e)\n}", fold_constants);
  check_pass_unchanged("graph main() -> (%y) {\n %w = const i8[2] {1, 2}\n %s = const f32[] {0.5}\n %y = DequantizeLinear(%w, %s)\n}", fold_constants);
}

// A chain in which every turn doubles the constant that the one before made.
Graph doublings(const char* first, const char* same, const char* twice, int turns) {
  std::string text = fmt::format("graph main() -> (%v{}) {{\n %n = const i64[1] {{262144}}\n {}\n", turns, first);
  for (int i = 0; i < turns; ++i) {
    text += fmt::format(" %w{0} = {2}(%v{0})\n %v{1} = {3}\n", i, i + 1, same, fmt::format(fmt::runtime(twice), i));
  }
  return parse_graph(text + "}");
}

std::size_t constant_bytes(const Graph& graph) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
    const Value& v = graph.value(static_cast<ValueId>(i));
    if (v.is_constant()) bytes += v.constant.bytes() + string_bytes(v.constant);
  }
  return bytes;
}

TEST_CASE("fold_constants: constants that double end at a ceiling") {
  Graph numbers = doublings("%v0 = ConstantOfShape(%n)", "Neg", "Concat(%v{0}, %w{0}) {{axis = 0}}", 20);
  infer_graph(numbers);
  CHECK(fold_constants(numbers, {}));
  CHECK(constant_bytes(numbers) <= std::size_t{300} << 20);
  Graph strings = doublings("%v0 = const str[1] {\"abcdefgh\"}", "Identity", "StringConcat(%v{0}, %v{0})", 40);
  infer_graph(strings);
  CHECK(fold_constants(strings, {}));
  CHECK(constant_bytes(strings) <= std::size_t{16} << 20);
}

TEST_CASE("fold_constants: a node that would fail is left to fail when it runs") {
  check_pass_unchanged("graph main() -> (%y) {\n %d = const str[1] {\"no number\"}\n %y = Cast(%d) {to = 1}\n}", fold_constants);
}

TEST_CASE("fold_dequantize: weights become floats, activations don't") {
  check_pass("graph main() -> (%y) {\n %w = const i8[2] {1, 2}\n %s = const f32[] {0.5}\n %y = DequantizeLinear(%w, %s)\n}", fold_dequantize,
             "graph main() -> (%y) {\n %y = const f32[2] {0.5, 1}\n}");
  check_pass_unchanged("graph main(%x: i8[2]) -> (%y) {\n %s = const f32[] {0.5}\n %y = DequantizeLinear(%x, %s)\n}", fold_dequantize);
}

}  // namespace
}  // namespace onnxrun
