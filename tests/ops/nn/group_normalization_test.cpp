#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
Tensor squares(Shape shape) {
  Tensor t = ramp(std::move(shape));
  for (float& v : t.view<float>()) v *= v;
  return t;
}
const float kX[] = {-0.980196f, -0.70014f, 0.140028f, 1.540308f};  // squares of 0..3, normalized with epsilon 0.5
}  // namespace

TEST_CASE("instance normalization: per item and channel (values of onnxruntime)") {
  const Tensor want = f32({1, 2, 4}, {kX[0], kX[1], kX[2], kX[3], -1.508252f, -0.051847f, 1.728202f, 3.831897f});
  const std::vector<Tensor> in = {squares({1, 2, 4}), f32({2}, {1, 2}), f32({2}, {0, 1})};
  check_tensor(run_op({"InstanceNormalization", {{"epsilon", 0.5f}}}, in)[0], want);
  check_tensor(run_op({"InstanceNormalization", {{"epsilon", 0.5f}, {"consumed_inputs", Ints{0}}}, 1, 1}, in)[0], want);
}

TEST_CASE("group normalization: scale and bias per channel (values of onnxruntime)") {
  const OpCase c{"GroupNormalization", {{"num_groups", number(2)}, {"epsilon", 0.5f}}};
  check_tensor(run_op(c, {squares({1, 4, 2}), ramp({4}, 1), ramp({4})})[0],
               f32({1, 4, 2}, {kX[0], kX[1], 1.280056f, 4.080616f, -1.762377f, 0.422229f, 4.456404f, 8.663794f}));
}

TEST_CASE("group normalization: version 18 has scale and bias per group") {
  const OpCase c{"GroupNormalization", {{"num_groups", number(2)}, {"epsilon", 0.5f}}, 1, 18};
  check_tensor(run_op(c, {squares({1, 4, 2}), ramp({2}, 1), ramp({2})})[0],
               f32({1, 4, 2}, {kX[0], kX[1], kX[2], kX[3], -1.508251f, -0.051847f, 1.728202f, 3.831897f}));
}

TEST_CASE("group normalization: version 18 runs where only the run knows the channels") {
  const OpCase c{"GroupNormalization", {{"num_groups", number(2)}}, 1, 18};
  CHECK(infer_op(c, {"f32[N, C, L]", "f32[2]", "f32[2]"}) == "f32[N, C, L]");
}

TEST_CASE("group normalization: shapes and errors") {
  const OpCase c{"GroupNormalization", {{"num_groups", number(3)}}};
  CHECK(infer_op(c, {"f16[N, 6, H, W]", "f16[6]", "f16[6]"}) == "f16[N, 6, H, W]");
  CHECK(infer_error(c, {"f32[N, 4, 5]", "f32[4]", "f32[4]"}).find("3 groups") != std::string::npos);
  CHECK(infer_error(c, {"f32[N, 6, 5]", "f32[3]", "f32[6]"}).find("[6]") != std::string::npos);
  CHECK(infer_error({"GroupNormalization", {{"num_groups", number(0)}}}, {"f32[N, 6, 5]", "f32[6]", "f32[6]"}) != "");
  CHECK(infer_error({"GroupNormalization"}, {"f32[N, 6, 5]", "f32[6]", "f32[6]"}).find("num_groups is missing") !=
        std::string::npos);
  CHECK(infer_error({"InstanceNormalization"}, {"f32[6]", "f32[6]", "f32[6]"}).find("rank 2") != std::string::npos);
}
