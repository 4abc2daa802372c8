#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "onnxrun/error.h"
#include "tests/support/reference_run.h"

using namespace onnxrun;
using test::run_graph_reference;

namespace {

std::vector<float> floats(const char* text, std::initializer_list<Tensor> inputs) {
  const Graph g = parse_graph(text);
  const auto out = run_graph_reference(g, std::vector<Tensor>(inputs));
  const auto view = out.at(0).view<float>();
  return {view.begin(), view.end()};
}

std::string type_of(const char* text) {
  const Graph g = parse_graph(text);
  return g.value(g.outputs[0].value).type.str();
}

}  // namespace

TEST_CASE("matmul: matrices, vectors and broadcast batches") {
  const Tensor a = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}), b = Tensor::of<float>({3, 2}, {1, 0, 0, 1, 1, 1});
  CHECK(floats("graph g(%a: f32[2, 3], %b: f32[3, 2]) -> (%y) { %y = MatMul(%a, %b) }", {a, b}) == std::vector<float>{4, 5, 10, 11});
  const Tensor v = Tensor::of<float>({3}, {1, 2, 3});
  CHECK(floats("graph g(%a: f32[2, 3], %b: f32[3]) -> (%y) { %y = MatMul(%a, %b) }", {a, v}) == std::vector<float>{14, 32});
  CHECK(floats("graph g(%a: f32[3], %b: f32[3]) -> (%y) { %y = MatMul(%a, %b) }", {v, v}) == std::vector<float>{14});
  const Tensor batch = Tensor::of<float>({2, 1, 3}, {1, 0, 0, 0, 0, 2});
  CHECK(floats("graph g(%a: f32[2, 1, 3], %b: f32[3, 2]) -> (%y) { %y = MatMul(%a, %b) }", {batch, b}) == std::vector<float>{1, 0, 2, 2});
}

TEST_CASE("matmul: symbolic shapes") {
  CHECK(type_of("graph g(%a: f32[N, 12, S, 64], %b: f32[N, 12, 64, S]) -> (%y) { %y = MatMul(%a, %b) }") == "f32[N, 12, S, S]");
  CHECK(type_of("graph g(%a: f32[N, S, 768], %b: f32[768, 3072]) -> (%y) { %y = MatMul(%a, %b) }") == "f32[N, S, 3072]");
}

TEST_CASE("matmul: inner dimensions must agree") {
  CHECK_THROWS_AS(parse_graph("graph g(%a: f32[2, 3], %b: f32[4, 2]) -> (%y) { %y = MatMul(%a, %b) }"), Error);
  CHECK_THROWS_AS(parse_graph("graph g(%a: f32[], %b: f32[4, 2]) -> (%y) { %y = MatMul(%a, %b) }"), Error);
}

TEST_CASE("gemm: transposes, factors and a broadcast C") {
  const Tensor a = Tensor::of<float>({3, 2}, {1, 4, 2, 5, 3, 6}), b = Tensor::of<float>({2, 3}, {1, 0, 1, 0, 1, 1});
  const Tensor c = Tensor::of<float>({2}, {10, 20});
  CHECK(floats("graph g(%a: f32[3, 2], %b: f32[2, 3], %c: f32[2]) -> (%y) { %y = Gemm(%a, %b, %c) {transA = 1, transB = 1, alpha = 2.0, beta = 0.5} }",
               {a, b, c}) == std::vector<float>{13, 20, 25, 32});
  CHECK(floats("graph g(%a: f32[3, 2], %b: f32[2, 3]) -> (%y) { %y = Gemm(%a, %b) {transA = 1, transB = 1} }", {a, b}) == std::vector<float>{4, 5, 10, 11});
  CHECK(type_of("graph g(%a: f32[N, 2], %b: f32[7, 2]) -> (%y) { %y = Gemm(%a, %b) {transB = 1} }") == "f32[N, 7]");
  CHECK_THROWS_AS(parse_graph("graph g(%a: f32[3, 2], %b: f32[3, 2]) -> (%y) { %y = Gemm(%a, %b) }"), Error);
}
