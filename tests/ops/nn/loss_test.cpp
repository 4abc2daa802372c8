#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
// The example of the standard: two items, three classes, two places each.
const Tensor kX = f32({2, 3, 2}, {1, 2, 2, 2, 3, 2, 0, 1, 2, 2, 1, 2});
const Tensor kTarget = i64({2, 2}, {2, 1, 0, 2});
const Tensor kWeight = f32({3}, {0.2f, 0.3f, 0.1f});
Tensor nll(Attributes attrs, std::vector<Tensor> inputs) {
  return run_op({"NegativeLogLikelihoodLoss", std::move(attrs)}, inputs)[0];
}
}  // namespace

TEST_CASE("negative log likelihood loss: reductions, weights and ignored targets") {
  check_tensor(nll({{"reduction", std::string("none")}}, {kX, kTarget}), f32({2, 2}, {-3, -2, 0, -2}));
  check_tensor(nll({{"reduction", std::string("sum")}}, {kX, kTarget, kWeight}), f32({}, {-1.1f}));
  check_tensor(nll({}, {kX, kTarget, kWeight}), f32({}, {-1.5714286f}));
  check_tensor(nll({{"ignore_index", std::int64_t{2}}}, {kX, kTarget}), f32({}, {-1}));
  CHECK_THROWS_WITH_AS(nll({}, {kX, i64({2, 2}, {2, 1, 3, 0})}), doctest::Contains("target 2 is 3"), Error);
}

TEST_CASE("softmax cross entropy loss: mean with weights, and the logarithms (values of onnxruntime)") {
  const Tensor x = f32({2, 3}, {0, 0.841471f, 0.909297f, 0.14112f, -0.756802f, -0.958924f});
  const auto y = run_op({"SoftmaxCrossEntropyLoss", {}, 2}, {x, i64({2}, {2, 0}), f32({3}, {1, 2, 3})});
  check_tensor(y[0], f32({}, {0.775235f}));
  check_tensor(y[1], f32({2, 3}, {-1.758264f, -0.916793f, -0.848966f, -0.554041f, -1.451964f, -1.654085f}));
}

TEST_CASE("loss: shapes and errors") {
  CHECK(infer_op({"SoftmaxCrossEntropyLoss", {{"reduction", std::string("none")}}, 2}, {"f32[N, 5, D]", "i64[N, D]"}) ==
        "f32[N, D]; f32[N, 5, D]");
  CHECK(infer_op({"NegativeLogLikelihoodLoss"}, {"f32[N, 5]", "i32[N]"}) == "f32[]");
  CHECK(infer_error({"NegativeLogLikelihoodLoss"}, {"f32[N, 5]", "i32[N, 1]"}).find("input 1") != std::string::npos);
  CHECK(infer_error({"NegativeLogLikelihoodLoss"}, {"f32[N, 5]", "i32[N]", "f32[4]"}).find("[5]") != std::string::npos);
  CHECK(infer_error({"NegativeLogLikelihoodLoss", {{"reduction", std::string("max")}}}, {"f32[N, 5]", "i32[N]"}).find("max") !=
        std::string::npos);
  CHECK(infer_error({"NegativeLogLikelihoodLoss"}, {"f32[5]", "i32[]"}).find("rank 2") != std::string::npos);
}
