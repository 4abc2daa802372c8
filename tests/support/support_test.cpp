// The helpers themselves: what they must notice.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/base/half.h"
#include "engine/ir/text.h"
#include "tests/support/check_pass.h"
#include "tests/support/compare.h"
#include "tests/support/layout.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("support: differences say where and how much") {
  const Tensor a = Tensor::of<float>({2, 2}, {1, 2, 3, 4});
  CHECK(difference(a, a).empty());
  CHECK(difference(Tensor::of<float>({2, 2}, {1, 2, 3, 4.000001f}), a).empty());
  const std::string d = difference(Tensor::of<float>({2, 2}, {1, 2.5f, 7, 4}), a);
  CHECK(contains(d, "2 of 4 elements differ, worst at [1, 0]: got 7, want 3"));
  CHECK(difference(Tensor::of<float>({4}, {1, 2, 3, 4}), a) == "got f32[4], want f32[2, 2]");
  CHECK(difference(Tensor(), a) == "got nothing, want f32[2, 2]");
  CHECK(difference(Tensor::of<double>({2, 2}, {1, 2, 3, 4}), a) == "got f64[2, 2], want f32[2, 2]");
}

TEST_CASE("support: special values and exact types") {
  const auto f = [](float v) { return Tensor::of<float>({1}, {v}); };
  CHECK(difference(f(NAN), f(NAN)).empty());
  CHECK(!difference(f(NAN), f(1)).empty());
  CHECK(!difference(f(1), f(NAN)).empty());
  CHECK(difference(f(INFINITY), f(INFINITY)).empty());
  CHECK(!difference(f(INFINITY), f(-INFINITY)).empty());
  CHECK(!difference(f(3e38f), f(INFINITY)).empty());
  CHECK(difference(f(0.0f), f(-0.0f)).empty());
  CHECK(!difference(Tensor::of<std::int64_t>({1}, {(std::int64_t{1} << 53) + 1}), Tensor::of<std::int64_t>({1}, {std::int64_t{1} << 53})).empty());
  CHECK(!difference(Tensor::of<std::uint8_t>({1}, {3}), Tensor::of<std::uint8_t>({1}, {4})).empty());
  CHECK(differs_by_at_most(Tensor::of<std::uint8_t>({1}, {3}), Tensor::of<std::uint8_t>({1}, {4}), 1));
  CHECK(!differs_by_at_most(Tensor::of<std::uint8_t>({1}, {3}), Tensor::of<std::uint8_t>({1}, {5}), 1));
  CHECK(!difference(Tensor::of<bool>({1}, {true}), Tensor::of<bool>({1}, {false})).empty());
  CHECK(contains(difference(Tensor::of<std::string>({1}, {"a"}), Tensor::of<std::string>({1}, {"b"})), "got \"a\", want \"b\""));
  CHECK(!difference(Tensor::of<std::complex<float>>({1}, {{1, 2}}), Tensor::of<std::complex<float>>({1}, {{1, 3}})).empty());
  CHECK(difference(Tensor::of<Float16>({1}, {Float16(1.0f)}), Tensor::of<Float16>({1}, {Float16(1.001f)})).empty());
  CHECK(!difference(Tensor::of<Float16>({1}, {Float16(1.0f)}), Tensor::of<Float16>({1}, {Float16(1.01f)})).empty());
}

TEST_CASE("support: random tensors stay in their range") {
  const Tensor f = random_tensor(DType::kFloat32, {1000}, 1, {2, 3});
  for (const float v : f.view<float>()) CHECK((v >= 2 && v <= 3));
  const Tensor i = random_tensor(DType::kInt64, {1000}, 1, {-2, 3});
  std::vector<int> seen(5);
  for (const std::int64_t v : i.view<std::int64_t>()) ++seen.at(static_cast<std::size_t>(v + 2));
  for (const int count : seen) CHECK(count > 100);
  CHECK(same_bits(f, random_tensor(DType::kFloat32, {1000}, 1, {2, 3})));
}

TEST_CASE("support: layouts go there and back") {
  const Tensor t = Tensor::of<float>({1, 2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor last = to_layout(t, Layout::kChannelsLast);
  CHECK(last.shape() == Shape{1, 2, 3});
  CHECK(same_bits(last, Tensor::of<float>({1, 2, 3}, {1, 4, 2, 5, 3, 6})));
  CHECK(same_bits(from_layout(last, Layout::kChannelsLast), t));
  CHECK(same_bits(to_layout(t, Layout::kPlain), t));
}

TEST_CASE("support: graphs run by the reference") {
  const Graph g = parse_graph("graph(%x: f32[N, 2]) -> (%y as \"out\", %x) { %a = Relu(%x)  %y = Exp(%a) }");
  const Tensor x = Tensor::of<float>({1, 2}, {-1, 1});
  const std::vector<Tensor> out = run_graph_reference(g, {&x, 1});
  REQUIRE(out.size() == 2);
  CHECK(difference(out[0], Tensor::of<float>({1, 2}, {1, 2.7182817f})).empty());
  CHECK(same_bits(out[1], x));
  const Tensor wrong = Tensor::of<double>({1, 2}, {-1, 1});
  CHECK_THROWS(run_graph_reference(g, {&wrong, 1}));
  CHECK_THROWS(run_graph_reference(g, {}));
}

TEST_CASE("support: channels-last inputs reach every backend") {
  check_on_every_backend("graph(%x: f32[2, 3, 4, 5]@channels_last) -> (%y) { %y = Relu(%x) }", {.claimed_by = {"reference"}});
}

TEST_CASE("support: canonical text forgets names and order") {
  const auto canonical = [](std::string_view text) { return canonical_text(parse_graph(text)); };
  const std::string a = canonical("graph(%x: f32[N]) -> (%y as \"o\", %z as \"p\") { %y = Relu(%x) \"n1\"  %w = Exp(%x)  %z = Relu(%w)  %dead = Exp(%z) }");
  CHECK(a == canonical("graph(%x: f32[N]) -> (%b as \"o\", %a as \"p\") { %q = Exp(%x) \"n2\"  %a = Relu(%q)  %b = Relu(%x) }"));
  CHECK(a != canonical("graph(%x: f32[N]) -> (%b as \"o\", %a as \"p\") { %q = Exp(%x)  %a = Exp(%q)  %b = Relu(%x) }"));
  CHECK(canonical("graph(%x: f32[_s5, _s2]) -> (%x) {}") == canonical("graph(%x: f32[?, ?]) -> (%x) {}"));
  CHECK(canonical("graph(%x: f32[_s5, _s5]) -> (%x) {}") != canonical("graph(%x: f32[?, ?]) -> (%x) {}"));
}

// Exp(Relu(x)) becomes Exp(x): wrong, but a pass.
bool drop_relu(Graph& g, const PassContext&) {
  bool changed = false;
  for (const NodeId id : g.topological_order()) {
    if (g.node(id).op->name != "Relu") continue;
    g.replace_uses(g.node(id).outputs[0], g.node(id).inputs[0]);
    changed = true;
  }
  return changed;
}

bool double_relu(Graph& g, const PassContext&) {
  for (const NodeId id : g.topological_order()) {
    if (g.node(id).op->name != "Relu") continue;
    const ValueId y = g.node(id).outputs[0];
    const std::vector<Use> uses = g.value(y).uses;
    const ValueId again = build(g, "Relu", {y});
    for (const Use& use : uses) g.set_input(use.node, use.input, again);
    return true;
  }
  return false;
}

TEST_CASE("support: passes are held against texts and results") {
  constexpr const char* kBefore = "graph(%x: f32[4]) -> (%y) { %a = Relu(%x)  %y = Exp(%a) }";
  check_pass(kBefore, drop_relu, "graph(%x: f32[4]) -> (%q as \"y\") { %q = Exp(%x) }");
  check_pass_unchanged("graph(%x: f32[4]) -> (%y) { %y = Exp(%x) }", drop_relu);
  check_same_results(kBefore, double_relu);
}

TEST_CASE("support: a wrong text after a pass is noticed" * doctest::should_fail()) {
  check_pass("graph(%x: f32[4]) -> (%y) { %a = Relu(%x)  %y = Exp(%a) }", drop_relu, "graph(%x: f32[4]) -> (%y) { %y = Relu(%x) }");
}
TEST_CASE("support: a pass that changes nothing is noticed" * doctest::should_fail()) {
  check_pass("graph(%x: f32[4]) -> (%y) { %y = Exp(%x) }", drop_relu, "graph(%x: f32[4]) -> (%y) { %y = Exp(%x) }");
}
TEST_CASE("support: a pass that should change nothing is noticed" * doctest::should_fail()) {
  check_pass_unchanged("graph(%x: f32[4]) -> (%y) { %a = Relu(%x)  %y = Exp(%a) }", drop_relu);
}
TEST_CASE("support: a pass that changes results is noticed" * doctest::should_fail()) {
  check_same_results("graph(%x: f32[64]) -> (%y) { %a = Relu(%x)  %y = Exp(%a) }", drop_relu);
}
TEST_CASE("support: a wrong expected output is noticed" * doctest::should_fail()) {
  check_on_every_backend("graph(%x: f32[1]) -> (%y) { %y = Relu(%x) }",
                         {.tensors = {{"x", Tensor::of<float>({1}, {-1})}}, .want = {{"y", Tensor::of<float>({1}, {1})}}});
}
TEST_CASE("support: a backend that refuses what it must claim is noticed" * doctest::should_fail()) {
  check_on_every_backend("graph(%x: f64[1]) -> (%y) { %y = LogSoftmax(%x) }", {.claimed_by = {"cpu"}});
}
TEST_CASE("support: a backend that claims what it must refuse is noticed" * doctest::should_fail()) {
  check_on_every_backend("graph(%x: f32[1]) -> (%y) { %y = Relu(%x) }", {.refused_by = {{"reference", ""}}});
}
TEST_CASE("support: names that the graph has not are noticed" * doctest::should_fail()) {
  check_on_every_backend("graph(%x: f32[1]) -> (%y) { %y = Relu(%x) }", {.ranges = {{"z", {0, 1}}}});
}

}  // namespace
}  // namespace onnxrun::test
