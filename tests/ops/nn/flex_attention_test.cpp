#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {

constexpr const char* kOp = "ai.onnx.preview.FlexAttention";

// Four query heads that share two key heads: q [1, 4, 2, 4], k [1, 2, 3, 4], v [1, 2, 3, 2].
std::vector<Tensor> inputs() { return {sines({1, 4, 2, 4}), sines({1, 2, 3, 4}), ramp({1, 2, 3, 2})}; }

OpCase with(std::vector<std::pair<std::string, std::string>> graphs, int captures = 0) {
  return {kOp, {{"scale", 0.25f}}, 1, 0, std::move(graphs), captures};
}

constexpr const char* kSame = "graph(%s: f32[B, H, L, S]) -> (%s) {}";

}  // namespace

TEST_CASE("flex attention: without graphs it is Attention") {
  CHECK(operators_of({kOp}, {"f32[B, 4, L, 8]", "f32[B, 2, S, 8]", "f32[B, 2, S, 6]"}) == "Attention");
  CHECK(operators_of({kOp}, {"f64[...]", "f64[...]", "f64[...]"}) == "Attention");
  CHECK(infer_op({kOp}, {"f32[B, 4, L, 8]", "f32[B, 2, S, 8]", "f32[B, 2, S, 6]"}) == "f32[B, 4, L, 6]");
  const auto want = run_op({"Attention", {{"scale", 0.25f}}}, inputs());
  check_tensor(run_op(with({}), inputs())[0], want[0]);
  check_tensor(run_op(with({{"score_mod", kSame}, {"prob_mod", kSame}}), inputs())[0], want[0]);
}

TEST_CASE("flex attention: softmax_precision, and half precision, take the steps one by one") {
  const std::string steps = "Mul Mul Transpose MatMul Cast Softmax Cast MatMul Cast";
  CHECK(operators_of({kOp}, {"f16[B, 2, L, 8]", "f16[B, 2, S, 8]", "f16[B, 2, S, 6]"}) == steps);
  CHECK(operators_of({kOp, {{"softmax_precision", number(11)}}}, {"f32[B, 2, L, 8]", "f32[B, 2, S, 8]", "f32[B, 2, S, 6]"}) == steps);
  CHECK(infer_op({kOp}, {"bf16[B, 4, L, E]", "bf16[B, 2, S, E]", "bf16[B, 2, S, 6]"}) == "bf16[B, 4, L, 6]");
  const auto want = run_op({"Attention"}, inputs());
  check_tensor(run_op({kOp, {{"softmax_precision", number(11)}}}, inputs())[0], want[0]);
}

TEST_CASE("flex attention: score_mod changes scores, prob_mod probabilities") {
  // A mask in score_mod is a mask of Attention; it sees the scaled scores of all heads.
  const std::string mask = "graph(%s: f32[B, H, L, S]) -> (%r) { %m = const f32[4, 1, 3] {0, 0, -9, 0, -9, 0, -9, 0, 0, 1, 2, 3} %r = Add(%s, %m) }";
  std::vector<Tensor> masked = inputs();
  masked.push_back(f32({4, 1, 3}, {0, 0, -9, 0, -9, 0, -9, 0, 0, 1, 2, 3}));
  const auto want = run_op({"Attention", {{"scale", 0.25f}}}, masked);
  check_tensor(run_op(with({{"score_mod", mask}}), inputs())[0], want[0]);
  const std::string cap = "graph(%s: f32[B, H, L, S]) -> (%r) { %c = const f32[] {0.5} %d = Div(%s, %c) %t = Tanh(%d) %r = Mul(%t, %c) }";
  check_tensor(run_op(with({{"score_mod", cap}}), inputs())[0], run_op({"Attention", {{"scale", 0.25f}, {"softcap", 0.5f}}}, inputs())[0]);
  // Probabilities times 0.5 give half of the result.
  const std::string half = "graph(%p: f32[B, H, L, S]) -> (%r) { %c = const f32[] {0.5} %r = Mul(%p, %c) }";
  Tensor halves = want[0].clone();
  for (float& v : halves.view<float>()) v /= 2;
  check_tensor(run_op(with({{"prob_mod", half}, {"score_mod", mask}}), inputs())[0], halves);
}

TEST_CASE("flex attention: graphs read what is around them") {
  std::vector<Tensor> in = inputs();
  in.push_back(f32({3}, {0, -1, 2}));
  const std::string both = "graph(%s: f32[B, H, L, S], %m: f32[S]) -> (%r) { %r = Add(%s, %m) }",
                    unread = "graph(%p: f32[B, H, L, S], %m: f32[S]) -> (%p) {}";
  std::vector<Tensor> masked = inputs();
  masked.push_back(f32({1, 3}, {0, -1, 2}));
  check_tensor(run_op(with({{"score_mod", both}, {"prob_mod", unread}}, 1), in)[0], run_op({"Attention", {{"scale", 0.25f}}}, masked)[0]);
}

TEST_CASE("flex attention: shapes, known and not") {
  const OpCase c = with({{"score_mod", kSame}});
  CHECK(infer_op(c, {"f32[B, 6, L, 8]", "f32[B, 2, S, 8]", "f32[B, 2, S, 6]"}) == "f32[B, 6, L, 6]");
  CHECK(infer_op(c, {"f32[B, 2, L, 8]", "f32[B, 2, S, 8]", "f32[B, 2, S, 6]"}) == "f32[B, 2, L, 6]");
  CHECK(infer_op(c, {"f32[B, H, L, E]", "f32[B, G, S, E]", "f32[B, G, S, V]"}) == "f32[B, H, L, V]");
  CHECK(operators_of(c, {"f32[B, H, L, E]", "f32[B, H, S, E]", "f32[B, H, S, V]"}) == "Mul Mul Transpose MatMul Softmax MatMul");
}

TEST_CASE("flex attention: what is wrong is named") {
  const auto error = [](const OpCase& c, const std::vector<std::string>& types) {
    try {
      infer_op(c, types);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  const std::vector<std::string> good{"f32[2, 4, 5, 8]", "f32[2, 2, 6, 8]", "f32[2, 2, 6, 3]"};
  CHECK(error({kOp}, good) == "");
  CHECK(error({kOp}, {"f32[2, 3, 5, 8]", good[1], good[2]}).find("3 query heads are no multiple of 2 key heads") != std::string::npos);
  CHECK(error({kOp}, {"f32[2, 4, 5, 7]", good[1], good[2]}).find("the head size") != std::string::npos);
  CHECK(error({kOp}, {"f32[2, 4, 40]", good[1], good[2]}).find("has rank 3, want 4") != std::string::npos);
  CHECK(error({kOp}, {good[0], good[1], "f16[2, 2, 6, 3]"}).find("element types") != std::string::npos);
  CHECK(error({kOp, {{"softmax_precision", number(7)}}}, good).find("softmax_precision is i64") != std::string::npos);
  CHECK(error(with({{"score_mod", "graph(%s: f32[B, H, L, S]) -> (%s, %s) {}"}}), good).find("score_mod: the graph has 1 inputs and 2 outputs") !=
        std::string::npos);
  CHECK(error(with({{"prob_mod", "graph(%s: f32[B, H, L, S]) -> (%r) { %r = Cast(%s) {to = 11} }"}}), good).find("prob_mod: the graph makes f64") !=
        std::string::npos);
}
