#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "onnxrun/error.h"
#include "tests/support/check_backends.h"
#include "tests/support/check_pass.h"
#include "tests/support/compare.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

Tensor trips(std::int64_t n) { return Tensor::of<std::int64_t>({}, {n}); }

// s doubles until it is `limit` or more, or the count is used up; every s and its iteration is collected.
constexpr const char* kDoubling = R"(graph(%m: i64[], %c: bool[], %s0: f32[], %limit: f32[]) -> (%s, %all, %ks) {
  %s, %all, %ks = Loop(%m, %c, %s0 | %limit) body { graph(%k, %c, %s, %limit) -> (%more, %t, %t as "u", %k as "j") {
    %t = Add(%s, %s)
    %more = Less(%t, %limit)
  } }
})";

TEST_CASE("loop: count and condition end it") {
  const auto run = [](std::int64_t m, bool c, float limit, float s, std::vector<float> all) {
    std::vector<std::int64_t> ks;
    for (std::size_t k = 0; k < all.size(); ++k) ks.push_back(static_cast<std::int64_t>(k));
    const auto n = static_cast<std::int64_t>(all.size());
    check_on_every_backend(kDoubling, {.tensors = {{"m", trips(m)}, {"c", Tensor::of<bool>({}, {c})}, {"s0", Tensor::of<float>({}, {1})},
                                                   {"limit", Tensor::of<float>({}, {limit})}},
                                       .want = {{"s", Tensor::of<float>({}, {s})}, {"all", Tensor::of<float>({n}, std::span<const float>(all))},
                                                {"ks", Tensor::of<std::int64_t>({n}, std::span<const std::int64_t>(ks))}}});
  };
  run(3, true, 100, 8, {2, 4, 8});
  run(9, true, 8, 8, {2, 4, 8});
  run(0, true, 8, 1, {});
  run(-1, true, 8, 1, {});
  run(5, false, 8, 1, {});
}

TEST_CASE("loop: count and condition may be absent") {
  const auto run = [](std::string_view inputs, float want) {
    check_on_every_backend("graph(%m: i64[1], %c: bool[1], %s0: f32[]) -> (%s) { %s = Loop(" + std::string(inputs) +
                               ", %s0) body { graph(%k, %c, %s) -> (%more, %t) { %limit = const f32[] {50} %t = Add(%s, %s) %more = Less(%t, %limit) } } }",
                           {.tensors = {{"m", Tensor::of<std::int64_t>({1}, {3})}, {"c", Tensor::of<bool>({1}, {true})}, {"s0", Tensor::of<float>({}, {1})}},
                            .claimed_by = {"reference"}, .want = {{"s", Tensor::of<float>({}, {want})}}});
  };
  run("%m, %c", 8);
  run("%m, _", 8);
  run("_, %c", 64);
  run("_, _", 64);
}

TEST_CASE("loop: a state may grow") {
  constexpr const char* kGrowing = R"(graph(%m: i64[], %x: f32[1, 2]) -> (%y) {
    %y = Loop(%m, _, %x | %x) body { graph(%k, %c, %s, %x) -> (%c, %t) { %t = Concat(%s, %x) {axis = 0} } }
  })";
  CHECK(verified_types(kGrowing) == "f32[?, 2]");
  check_on_every_backend(kGrowing, {.tensors = {{"m", trips(2)}, {"x", Tensor::of<float>({1, 2}, {1, 2})}},
                                    .want = {{"y", Tensor::of<float>({3, 2}, {1, 2, 1, 2, 1, 2})}}});
  check_on_every_backend(kGrowing, {.tensors = {{"m", trips(0)}, {"x", Tensor::of<float>({1, 2}, {1, 2})}}, .want = {{"y", Tensor::of<float>({1, 2}, {1, 2})}}});
}

TEST_CASE("loop: types hold for every iteration") {
  // A dimension that stays, one that a second state brings in only at the second iteration, and a rank that changes.
  CHECK(verified_types(R"(graph(%m: i64[], %a: f32[N, 2], %b: f32[N, 3], %r: f32[1, 1]) -> (%x, %y, %z) {
    %x, %y, %z = Loop(%m, _, %a, %b, %r) body { graph(%k, %c, %a, %b, %r) -> (%c, %p, %q, %s) {
      %p = Relu(%b)  %q = Concat(%b, %b) {axis = 1}  %shape = const i64[1] {-1}  %s = Reshape(%r, %shape)
    } }
  })") == "f32[N, ?], f32[N, ?], f32[...]");
  // Two states that change places: neither dimension is known.
  CHECK(verified_types("graph(%m: i64[], %a: f32[2], %b: f32[3]) -> (%x, %y) { %x, %y = Loop(%m, _, %a, %b) body "
                                "{ graph(%k, %c, %a, %b) -> (%c, %b, %a) {} } }") == "f32[?], f32[?]");
  check_on_every_backend("graph(%m: i64[], %a: f32[2], %b: f32[3]) -> (%x, %y) { %x, %y = Loop(%m, _, %a, %b) body { graph(%k, %c, %a, %b) -> (%c, %b, %a) {} } }",
                         {.tensors = {{"m", trips(3)}}});
}

TEST_CASE("loop: a constant count gives scan outputs their length") {
  const auto type = [](std::string_view head, std::string_view condition_out) {
    return verified_types("graph(%c: bool[], %x: f32[N]) -> (%y) { %m = const i64[] {3} %t = const bool[] {true} %f = const bool[] {false}\n %y = Loop(" +
                    std::string(head) + " | %x) body { graph(%k, %c, %x) -> (" + std::string(condition_out) +
                    ", %y) { %y = Relu(%x) %d = Identity(%c) %e = const bool[] {true} %g = const bool[] {false} } } }");
  };
  CHECK(type("%m, _", "%c") == "f32[3, N]");
  CHECK(type("%m, %t", "%d") == "f32[3, N]");
  CHECK(type("%m, %t", "%e") == "f32[3, N]");
  CHECK(type("%m, %c", "%c") == "f32[?, N]");
  CHECK(type("%m, %f", "%c") == "f32[?, N]");
  CHECK(type("%m, _", "%g") == "f32[?, N]");
  CHECK(type("_, %t", "%c") == "f32[?, N]");
}

TEST_CASE("loop: scan outputs without an iteration have the shape that is known") {
  check_on_every_backend("graph(%m: i64[], %x: f32[2, 3]) -> (%y) { %y = Loop(%m, _ | %x) body { graph(%k, %c, %x) -> (%c, %x) {} } }",
                         {.tensors = {{"m", trips(0)}}, .want = {{"y", Tensor::of<float>({0, 2, 3}, {})}}});
}

TEST_CASE("loop: loops within loops") {
  const std::string text = R"(graph(%m: i64[], %x: i64[]) -> (%y) {
    %y = Loop(%m, _, %x | %m) body { graph(%k, %c, %s, %m) -> (%c, %t) {
      %t = Loop(%m, _, %s | %k) body { graph(%j, %c, %s, %k) -> (%c, %t) { %p = Mul(%j, %k)  %t = Add(%s, %p) } }
    } }
  })";
  check_on_every_backend(text, {.tensors = {{"m", trips(4)}, {"x", trips(1)}}, .want = {{"y", trips(37)}}});
}

TEST_CASE("loop: deeply nested bodies are inferred in good time") {
  std::string text = "%t0 = Concat(%s, %s) {axis = 0}";
  for (int depth = 1; depth <= 24; ++depth) {
    const std::string d = std::to_string(depth), inner = std::to_string(depth - 1);
    text = "%t" + d + " = Loop(%m, _, %s | %m) body { graph(%k, %c, %s, %m) -> (%c, %t" + inner + ") { " + text + " } }";
  }
  CHECK(verified_types("graph(%m: i64[], %s: f32[1]) -> (%t24) { " + text + " }") == "f32[...]");
}

TEST_CASE("loop: what is wrong is named") {
  const auto error = [](std::string_view text) -> std::string {
    try {
      parse_graph(text);
    } catch (const Error& e) {
      return std::string(e.what()).substr(std::string_view(e.what()).find("Loop"));
    }
    return "no error";
  };
  CHECK(error("graph(%m: i64[]) -> (%y) { %y = Loop(%m, _) }") == "Loop node making y: the graph body is missing");
  CHECK(error("graph(%m: i64[]) -> (%y) { %y = Loop(%m, _, %m) body { graph(%k, %c, %s) -> (%c) {} } }") ==
        "Loop node making y: the body has 1 outputs, want a condition and 1 states");
  CHECK(error("graph(%m: i64[]) -> (%y, %z) { %y, %z = Loop(%m, _, %m) body { graph(%k, %c, %s) -> (%c, %s) {} } }") ==
        "Loop node making y: has 2 outputs, the body gives 1 states and 0 scan outputs");
  CHECK(error("graph(%m: i64[], %x: f32[]) -> (%y) { %y = Loop(%m, _, %x) body { graph(%k, %c, %s) -> (%c, %k) {} } }") ==
        "Loop node making y: state 0 starts as f32[] and becomes i64[]");
  CHECK(error("graph(%m: i64[], %x: f32[]) -> (%y) { %y = Loop(%m, _, %x) body { graph(%k, %c) -> (%c, %k) {} } }") ==
        "Loop node making y: body: the graph has 2 inputs, want 3 and 0 captures");
  const Graph changing = parse_graph("graph(%m: i64[], %x: f32[1]) -> (%y, %z) { %y, %z = Loop(%m, _, %x) body { graph(%k, %c, %s) -> (%c, %t, %t as \"u\") "
                                     "{ %t = Concat(%s, %s) {axis = 0} } } }");
  const Tensor inputs[] = {trips(2), Tensor::of<float>({1}, {1})};
  CHECK_THROWS_AS(run_graph_reference(changing, inputs), Error);
}

TEST_CASE("loop: a sequence grows from iteration to iteration") {
  const std::string text = R"(graph(%n: i64[], %s: seq(f32[1])) -> (%y) {
    %y = Loop(%n, _, %s) body { graph(%i: i64[], %c: bool[], %t) -> (%c, %u) {
      %one = const i64[1] {1}  %k = Reshape(%i, %one)  %f = Cast(%k) {to = 1}  %u = SequenceInsert(%t, %f) } }
  })";
  CHECK(verified_types(text) == "seq(f32[1])");
  const Tensor first = Tensor::of<float>({1}, {9});
  check_on_every_backend(text, {.tensors = {{"n", Tensor::of<std::int64_t>({}, {2})}, {"s", Tensor::sequence({first})}}, .claimed_by = {"reference"},
                                .want = {{"y", Tensor::sequence({first, Tensor::of<float>({1}, {0}), Tensor::of<float>({1}, {1})})}}});
  check_on_every_backend(text, {.tensors = {{"n", Tensor::of<std::int64_t>({}, {0})}, {"s", Tensor::sequence({first})}},
                                .want = {{"y", Tensor::sequence({first})}}});
}

TEST_CASE("loop: elements of a state may change their shapes, and the type says so") {
  CHECK(verified_types(R"(graph(%n: i64[], %x: f32[2, 3]) -> (%y) {
    %s = SequenceConstruct(%x)
    %y = Loop(%n, _, %s | %x) body { graph(%i: i64[], %c: bool[], %t, %w) -> (%c, %u) { %v = Concat(%w, %w) {axis = 0}  %u = SequenceInsert(%t, %v) } }
  })") == "seq(f32[?, 3])");
}

TEST_CASE("loop: a state that starts as an optional is its value after the first iteration") {
  const std::string text = R"(graph(%n: i64[], %o: optional(f32[N])) -> (%y) {
    %y = Loop(%n, _, %o) body { graph(%i: i64[], %c: bool[], %p) -> (%c, %r) {
      %has = OptionalHasElement(%p)
      %r = If(%has | %p) then_branch { graph(%p) -> (%d) { %v = OptionalGetElement(%p)  %d = Add(%v, %v) } }
                         else_branch { graph(%p) -> (%z) { %z = const f32[2] {1, 2} } } } }
  })";
  const auto run = [&](std::int64_t n, Tensor o) { return run_graph_reference(parse_graph(text), std::vector{Tensor::of<std::int64_t>({}, {n}), std::move(o)})[0]; };
  CHECK(verified_types(text) == "f32[?]");
  CHECK(run(3, Tensor::optional()).view<float>()[1] == 8);
  CHECK(run(1, Tensor::optional(Tensor::of<float>({1}, {5}))).view<float>()[0] == 10);
  CHECK(run(0, Tensor::optional(Tensor::of<float>({1}, {5}))).view<float>()[0] == 5);
  CHECK_THROWS_WITH_AS(run(0, Tensor::optional()), doctest::Contains("an optional without a value"), Error);
}

TEST_CASE("loop: scan outputs are tensors") {
  CHECK_THROWS_WITH_AS(parse_graph("graph(%n: i64[], %x: f32[2]) -> (%y) { %y = Loop(%n | %x) body { graph(%i: i64[], %c: bool[], %x) -> (%c, %s) "
                                   "{ %s = SequenceConstruct(%x) } } }"),
                       doctest::Contains("scan output 0 is seq(f32[2]), want a tensor"), Error);
}

}  // namespace
}  // namespace onnxrun::test
