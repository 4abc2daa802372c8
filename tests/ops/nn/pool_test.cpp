#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
const Attribute kOne = std::int64_t{1};
}

TEST_CASE("max pool: ceil_mode and indices (values of onnxruntime)") {
  const auto y =
      run_op({"MaxPool", {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", kOne}}, 2}, {ramp({1, 2, 4, 4})});
  check_tensor(y[0], f32({1, 2, 2, 2}, {10, 11, 14, 15, 26, 27, 30, 31}));
  check_tensor(y[1], i64({1, 2, 2, 2}, {10, 11, 14, 15, 26, 27, 30, 31}));
}

TEST_CASE("max pool: storage_order 1 counts places by column") {
  const OpCase c{
      "MaxPool", {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{1, 2}}, {"pads", Ints{1, 0, 0, 0}}, {"storage_order", kOne}}, 2};
  const auto y = run_op(c, {ramp({1, 1, 3, 4})});
  check_tensor(y[0], f32({1, 1, 3, 2}, {1, 3, 5, 7, 9, 11}));
  check_tensor(y[1], i64({1, 1, 3, 2}, {3, 9, 4, 10, 5, 11}));
}

TEST_CASE("max pool: dilations, bytes, and padding that never wins") {
  check_tensor(run_op({"MaxPool", {{"kernel_shape", Ints{2}}, {"dilations", Ints{2}}}}, {f32({1, 1, 4}, {4, 3, 2, 1})})[0],
               f32({1, 1, 2}, {4, 3}));
  check_tensor(run_op({"MaxPool", {{"kernel_shape", Ints{2}}, {"pads", Ints{1, 0}}}}, {i8({1, 1, 2}, {-5, -7})})[0],
               i8({1, 1, 2}, {-5, -5}));
}

TEST_CASE("average pool: what padding counts for (values of onnxruntime)") {
  Attributes attrs{{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", kOne}, {"pads", Ints{1, 1, 1, 1}}};
  check_tensor(run_op({"AveragePool", attrs}, {ramp({1, 1, 4, 4})})[0],
               f32({1, 1, 3, 3}, {2.5f, 4, 5, 8.5f, 10, 11, 12.5f, 14, 15}));
  attrs.set("count_include_pad", kOne);
  check_tensor(run_op({"AveragePool", attrs}, {ramp({1, 1, 4, 4})})[0],
               f32({1, 1, 3, 3}, {1.1111111f, 2.6666667f, 1.6666667f, 5.6666667f, 10, 5.5f, 4.1666667f, 7, 3.75f}));
}

TEST_CASE("lp pool: p = 3, and the float p of version 1") {
  const Tensor x = ramp({1, 1, 2, 4}, -3);
  const Tensor want = f32({1, 1, 1, 3}, {3.530349f, 3.530349f, 4.514358f});
  check_tensor(run_op({"LpPool", {{"kernel_shape", Ints{2, 2}}, {"p", std::int64_t{3}}}}, {x})[0], want);
  check_tensor(run_op({"LpPool", {{"kernel_shape", Ints{2, 2}}, {"p", 3.0f}}, 1, 1}, {x})[0], want);
  CHECK_THROWS_AS(run_op({"LpPool", {{"kernel_shape", Ints{2, 2}}, {"p", 2.5f}}, 1, 1}, {x}), Error);
}

TEST_CASE("global pools: one element per channel") {
  const Tensor x = f32({1, 2, 2, 2}, {1, -2, 3, 4, 0, 0, 3, -4});
  check_tensor(run_op({"GlobalAveragePool"}, {x})[0], f32({1, 2, 1, 1}, {1.5f, -0.25f}));
  check_tensor(run_op({"GlobalMaxPool"}, {x})[0], f32({1, 2, 1, 1}, {4, 3}));
  check_tensor(run_op({"GlobalLpPool"}, {x})[0], f32({1, 2, 1, 1}, {5.4772256f, 5}));
  check_tensor(run_op({"GlobalLpPool", {{"p", 1.0f}}, 1, 1}, {x})[0], f32({1, 2, 1, 1}, {10, 7}));
}

TEST_CASE("pools: symbolic shapes and layouts") {
  const OpCase max{"MaxPool", {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}}};
  CHECK(infer_op(max, {"f32[N, 64, 112, 112]@channels_last"}) == "f32[N, 64, 56, 56]@channels_last");
  CHECK(infer_op(max, {"f32[N, 64, H, 112]"}) == "f32[N, 64, floordiv(H + 1, 2), 56]");
  CHECK(infer_op({"MaxPool", {{"kernel_shape", Ints{2}}}, 2}, {"f32[N, C, 8]"}) == "f32[N, C, 7]; i64[N, C, 7]");
  CHECK(infer_op(max, {"f32[...]"}) == "f32[...]");
  CHECK(infer_op({"GlobalAveragePool"}, {"f16[N, C, H, W]@channels_last"}) == "f16[N, C, 1, 1]@channels_last");
  CHECK(infer_op({"GlobalMaxPool"}, {"f32[N, C]"}) == "f32[N, C]");
}

TEST_CASE("pools: wrong nodes are errors") {
  const std::string x = "f32[1, 2, 8, 8]";
  CHECK(infer_error({"MaxPool"}, {x}).find("kernel_shape is missing") != std::string::npos);
  CHECK(infer_error({"MaxPool", {{"kernel_shape", Ints{3}}}}, {x}).find("rank 3") != std::string::npos);
  CHECK(infer_error({"MaxPool", {{"kernel_shape", Ints{3, 0}}}}, {x}) != "");
  CHECK(infer_error({"MaxPool", {{"kernel_shape", Ints{9, 1}}}}, {x}).find("covers 9") != std::string::npos);
  CHECK(infer_error({"AveragePool", {{"kernel_shape", Ints{2, 2}}, {"pads", Ints{0, 2, 0, 0}}}}, {x}).find("pads has 2") !=
        std::string::npos);
  CHECK(infer_error({"AveragePool", {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{0, 0}}}}, {x}).find("strides") !=
        std::string::npos);
  CHECK(infer_error({"AveragePool", {{"kernel_shape", Ints{2, 2}}}}, {"i8[1, 2, 8, 8]"}).find("i8") != std::string::npos);
  CHECK(infer_error({"LpPool", {{"kernel_shape", Ints{2, 2}}, {"p", std::int64_t{0}}}}, {x}).find("p is 0") != std::string::npos);
  CHECK(infer_error({"GlobalMaxPool"}, {"f32[3]"}).find("rank 2") != std::string::npos);
}
