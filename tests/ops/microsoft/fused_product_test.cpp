#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("fused product: matrix products with transposes and a factor") {
  const Tensor a = f32({2, 2}, {1, 2, 3, 4}), b = f32({2, 2}, {1, 1, 0, -1});
  check_tensor(run_op({"com.microsoft.FusedMatMul", {{"transA", number(1)}, {"transB", number(1)}, {"alpha", 2.0f}}}, {a, b})[0],
               f32({2, 2}, {8, -6, 12, -8}));
  check_tensor(run_op({"com.microsoft.TransposeMatMul"}, {a, b})[0], f32({2, 2}, {1, -1, 3, -1}));
  check_tensor(run_op({"com.microsoft.FusedMatMul", {{"alpha", 2.0f}}}, {f32({2}, {1, 2}), b})[0], f32({2}, {2, -2}));
  check_tensor(run_op({"com.microsoft.FusedMatMul", {{"transA", number(1)}, {"transB", number(1)}}}, {f32({2}, {1, 2}), b})[0], f32({2}, {3, -2}));
  // [2, 1, 2] with transBatchA is [1, 2, 2].
  check_tensor(run_op({"com.microsoft.FusedMatMul", {{"transBatchA", number(1)}}}, {f32({2, 1, 2}, {1, 2, 3, 4}), b})[0],
               f32({1, 2, 2}, {1, -1, 3, -1}));
  CHECK(operators_of({"com.microsoft.FusedMatMul"}, {"f32[B, S, 8]", "f32[8, 4]"}) == "onnxrun.FusedMatMul");
}

TEST_CASE("fused product: Gemm and Conv with an activation") {
  const Tensor a = f32({1, 2}, {1, -2}), b = f32({2, 2}, {1, 0, 0, 1});
  check_tensor(
      run_op({"com.microsoft.FusedGemm", {{"activation", std::string("LeakyRelu")}, {"activation_alpha", 0.5f}, {"alpha", 2.0f}}},
             {a, b})[0],
      f32({1, 2}, {2, -2}));
  const Tensor x = f32({1, 1, 3}, {1, -2, 3}), w = f32({1, 1, 1}, {2}), z = f32({1, 1, 3}, {0, 0, -10});
  check_tensor(run_op({"com.microsoft.FusedConv", {{"activation", std::string("Relu")}}}, {x, w, f32({1}, {1}), z})[0],
               f32({1, 1, 3}, {3, 0, 0}));
  check_tensor(
      run_op({"com.microsoft.FusedConv", {{"activation", std::string("Clip")}, {"activation_params", Floats{-1, 4}}}}, {x, w})[0],
      f32({1, 1, 3}, {2, -1, 4}));
  CHECK(operators_of({"com.microsoft.FusedConv", {{"activation", std::string("Relu")}}}, {"f32[N, 3, 8]", "f32[4, 3, 2]"}) ==
        "onnxrun.FusedConv");
  CHECK(operators_of({"com.microsoft.FusedConv", {{"activation", std::string("Softplus")}}}, {"f32[N, 3, 8]", "f32[4, 3, 2]"}) ==
        "Conv Softplus");
  CHECK_THROWS_AS(run_op({"com.microsoft.FusedConv", {{"activation", std::string("Nothing")}}}, {x, w}), Error);
}

TEST_CASE("fused product: channels in the last dimension") {
  check_tensor(run_op({"com.microsoft.NhwcConv"}, {f32({1, 1, 2, 2}, {1, 2, 3, 4}), f32({1, 1, 1, 2}, {1, 10})})[0],
               f32({1, 1, 2, 1}, {21, 43}));
  check_tensor(run_op({"com.microsoft.NhwcMaxPool", {{"kernel_shape", Ints{1, 2}}}}, {u8({1, 1, 2, 2}, {1, 9, 3, 4})})[0],
               u8({1, 1, 1, 2}, {3, 9}));
}

TEST_CASE("fused product: a transposed convolution takes constant pads") {
  const Tensor x = f32({1, 1, 2}, {1, 2}), w = f32({1, 1, 2}, {1, 10});
  check_tensor(run_op({"com.microsoft.ConvTransposeWithDynamicPads"}, {x, w, i64({2}, {1, 0})})[0], f32({1, 1, 2}, {12, 20}));
  CHECK_THROWS_WITH_AS(infer_op({"com.microsoft.ConvTransposeWithDynamicPads"}, {"f32[1, 1, 2]", "f32[1, 1, 2]", "i64[2]"}),
                       doctest::Contains("constant"), Error);
}

TEST_CASE("fused product: missing inputs are errors") {
  for (const char* name : {"FusedMatMul", "FusedGemm", "FusedConv", "NhwcConv", "NhwcMaxPool", "ConvTransposeWithDynamicPads"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(infer_op({std::string("com.microsoft.") + name}, {}), Error);
  }
}
