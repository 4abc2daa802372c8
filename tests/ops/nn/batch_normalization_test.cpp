#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
const std::vector<Tensor> kInputs = {ramp({2, 2, 2}), f32({2}, {1, 2}), f32({2}, {0.5f, -1}), f32({2}, {1, 3}),
                                     f32({2}, {4, 0.25f})};
const Tensor kWant = f32({2, 2, 2}, {0.000624f, 0.5f, -4.922322f, -1, 1.998129f, 2.497505f, 10.766968f, 14.689291f});
const Attribute kOne = std::int64_t{1};
}  // namespace

TEST_CASE("batch normalization: inference, in every version") {
  check_tensor(run_op({"BatchNormalization", {{"epsilon", 0.01f}}}, kInputs)[0], kWant);
  check_tensor(run_op({"BatchNormalization", {{"epsilon", 0.01f}}, 1, 9}, kInputs)[0], kWant);
  check_tensor(run_op({"BatchNormalization", {{"epsilon", 0.01f}, {"spatial", kOne}}, 1, 7}, kInputs)[0], kWant);
  check_tensor(
      run_op({"BatchNormalization", {{"epsilon", 0.01f}, {"consumed_inputs", Ints{0, 0}}, {"is_test", kOne}}, 1, 1}, kInputs)[0],
      kWant);
}

TEST_CASE("batch normalization: training_mode uses the statistics of x") {
  const OpCase c{"BatchNormalization", {{"training_mode", kOne}, {"momentum", 0.5f}, {"epsilon", 0.0f}}, 3};
  const auto y = run_op(c, {f32({4, 1}, {1, 3, 1, 3}), f32({1}, {2}), f32({1}, {1}), f32({1}, {0}), f32({1}, {3})});
  check_tensor(y[0], f32({4, 1}, {-1, 3, -1, 3}));
  check_tensor(y[1], f32({1}, {1}));
  check_tensor(y[2], f32({1}, {2}));
}

TEST_CASE("batch normalization: outputs that exist in training only are refused in old versions") {
  const OpCase c{"BatchNormalization", {}, 3, 9};
  CHECK_THROWS_WITH_AS(run_op(c, kInputs), doctest::Contains("training"), Error);
}

TEST_CASE("batch normalization: shapes, layouts, errors") {
  const std::string v = "f32[C]", two = "f32[2]";
  CHECK(infer_op({"BatchNormalization"}, {"f32[N, C, H, W]@channels_last", v, v, v, v}) == "f32[N, C, H, W]@channels_last");
  CHECK(infer_op({"BatchNormalization"}, {"f16[N, 2]", two, two, two, two}) == "f16[N, 2]");
  CHECK(infer_error({"BatchNormalization"}, {"f32[N, 3, 4]", two, two, two, two}).find("[3]") != std::string::npos);
  CHECK(infer_error({"BatchNormalization"}, {"f32[N, 2, 4]", two, two, two, "f32[2, 1]"}).find("input 4") != std::string::npos);
  CHECK(infer_error({"BatchNormalization"}, {"f32[]", two, two, two, two}).find("rank 1") != std::string::npos);
  CHECK(infer_error({"BatchNormalization"}, {"i64[1, 2]", two, two, two, two}).find("i64") != std::string::npos);
  CHECK(infer_error({"BatchNormalization", {}, 3}, {"f32[N, 2]", two, two, two, two}).find("training_mode") != std::string::npos);
}
