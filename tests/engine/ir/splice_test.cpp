#include "engine/ir/splice.h"

#include <doctest/doctest.h>

#include "engine/ir/infer.h"
#include "engine/ir/text.h"
#include "engine/ir/verify.h"

namespace onnxrun {
namespace {

constexpr const char* kInner = R"(graph(%a: f32[N], %b: f32[N]) -> (%sum, %b, %two) {
  %two = const f32[] {2}
  %x = Mul(%a, %two)
  %sum = Add(%x, %b)
})";

TEST_CASE("splice: values keep names that are free, inputs and constants go through") {
  Graph g = parse_graph("graph(%x: f32[4]) -> (%y) { %y = Neg(%x) }");
  std::set<std::string> taken{"x", "y"};
  const ValueId x = g.find_value("x"), y = g.find_value("y");
  const std::vector<ValueId> made = splice(g, parse_graph(kInner), {x, y}, &taken);
  infer_graph(g);
  REQUIRE(made.size() == 3);
  CHECK(g.value(made[0]).name == "sum");
  CHECK(g.value(made[0]).type.str() == "f32[4]");
  CHECK(made[1] == y);
  CHECK(g.value(made[2]).is_constant());
  CHECK(taken == std::set<std::string>{"x", "y", "sum"});
  g.add_output("sum", made[0]);
  verify(g);
}

TEST_CASE("splice: without a set of names nobody has one, so that it can be done twice") {
  Graph g = parse_graph("graph(%x: f32[4]) -> (%x) {}");
  const Graph inner = parse_graph(kInner);
  const ValueId once = splice(g, inner, {g.inputs[0], g.inputs[0]})[0], twice = splice(g, inner, {once, g.inputs[0]})[0];
  infer_graph(g);
  CHECK(g.value(twice).name.empty());
  g.add_output("y", twice);
  verify(g);
}

}  // namespace
}  // namespace onnxrun
