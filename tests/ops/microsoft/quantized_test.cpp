// MatMulNBits, the quantized products and the QLinear operators.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
const Attributes kBits{{"K", number(16)}, {"N", number(2)}, {"bits", number(4)}, {"block_size", number(16)}};
}  // namespace

TEST_CASE("matmul nbits: four bits, the first in the low half (values of onnxruntime)") {
  std::vector<std::uint8_t> codes;
  for (int i = 0; i < 16; ++i) codes.push_back(static_cast<std::uint8_t>(i * 17));
  const Tensor b = u8({2, 1, 8}, codes), a = ramp({1, 16}), scales = f32({2, 1}, {0.5f, 0.25f});
  const OpCase c{"com.microsoft.MatMulNBits", kBits};
  check_tensor(run_op(c, {a, b, scales})[0], f32({1, 2}, {-186, 147}));
  check_tensor(run_op(c, {a, b, scales, u8({2, 1}, {8, 8}), Tensor(), f32({2}, {1, 2})})[0], f32({1, 2}, {-185, 149}));
  check_tensor(run_op(c, {a, b, scales, f32({2, 1}, {8, 8})})[0], f32({1, 2}, {-186, 147}));
}

TEST_CASE("matmul nbits: shapes and errors") {
  const OpCase c{"com.microsoft.MatMulNBits", kBits};
  CHECK(infer_op(c, {"f16[B, S, 16]", "u8[2, 1, 8]", "f16[2]"}) == "f16[B, S, 2]");
  CHECK(infer_error(c, {"f32[B, 15]", "u8[2, 1, 8]", "f32[2]"}).find("inner dimension") != std::string::npos);
  CHECK(infer_error(c, {"f32[B, 16]", "u8[2, 1, 9]", "f32[2]"}).find("input 1") != std::string::npos);
  CHECK(infer_error(c, {"f32[B, 16]", "u8[2, 1, 8]", "f32[3]"}).find("input 2") != std::string::npos);
  Attributes attrs = kBits;
  attrs.set("bits", number(3));
  CHECK(infer_error({"com.microsoft.MatMulNBits", attrs}, {"f32[B, 16]", "u8[2, 1, 8]", "f32[2]"}).find("bits is 3") !=
        std::string::npos);
  attrs = kBits;
  attrs.set("block_size", number(0));
  CHECK(infer_error({"com.microsoft.MatMulNBits", attrs}, {"f32[B, 16]", "u8[2, 1, 8]", "f32[2]"}).find("block_size") !=
        std::string::npos);
}

TEST_CASE("quantized product: dynamic matmul, with a bias (values of onnxruntime)") {
  check_tensor(run_op({"com.microsoft.DynamicQuantizeMatMul"},
                      {f32({1, 2}, {-1, 2.5f}), i8({2, 2}, {1, 2, 3, -4}), f32({}, {0.5f}), Tensor(), f32({2}, {1, 2})})[0],
               f32({1, 2}, {4.246078f, -3.998039f}));
  check_tensor(run_op({"com.microsoft.MatMulIntegerToFloat"},
                      {u8({1, 2}, {1, 2}), i8({2, 2}, {1, 2, 3, -4}), f32({}, {0.5f}), f32({2}, {1, 2}), u8({}, {1})})[0],
               f32({1, 2}, {1.5f, -4}));
}

TEST_CASE("quantized product: gemm with a quantized result, and without (values of onnxruntime)") {
  const std::vector<Tensor> in = {u8({1, 2}, {1, 2}),        f32({}, {0.5f}),   u8({}, {1}),
                                  i8({2, 2}, {3, 4, 5, -6}), f32({}, {0.25f}),  i8({}, {1}),
                                  i32({2}, {8, -8}),         f32({}, {0.125f}), u8({}, {100})};
  check_tensor(run_op({"com.microsoft.QGemm"}, in)[0], u8({1, 2}, {112, 85}));
  check_tensor(run_op({"com.microsoft.QGemm"}, {in[0], in[1], in[2], in[3], in[4], in[5], in[6]})[0],
               f32({1, 2}, {1.5f, -1.875f}));
}

TEST_CASE("quantized product: an LSTM with dequantized weights (values of onnxruntime, whose inputs are rounded)") {
  const Tensor w = i8({1, 2, 4}, {-3, -2, -1, 0, 1, 2, 3, 4}), r = i8({1, 1, 4}, {-3, -2, -1, 0}), none;
  Tensor x = ramp({2, 1, 2});
  for (float& v : x.view<float>()) v = std::sin(v);
  const auto y = run_op({"com.microsoft.DynamicQuantizeLSTM", {{"hidden_size", number(1)}}, 3},
                        {x, w, r, none, none, none, none, none, f32({1}, {0.25f}), i8({1}, {1}), f32({1}, {0.5f}), i8({1}, {0})});
  check_tensor(y[0], f32({2, 1, 1, 1}, {0.15046f, 0.024525f}), 5e-3);
  check_tensor(y[2], f32({1, 1, 1}, {0.079096f}), 5e-3);
}

TEST_CASE("qlinear: element-wise operators between quantized tensors") {
  const Tensor a = u8({2}, {10, 20}), b = u8({2}, {30, 60}), half = f32({}, {0.5f}), one = f32({}, {1}), zero = u8({}, {0});
  check_tensor(run_op({"com.microsoft.QLinearAdd"}, {a, half, zero, b, one, u8({}, {10}), one, u8({}, {3})})[0],
               u8({2}, {28, 63}));
  check_tensor(run_op({"com.microsoft.QLinearMul"}, {a, half, zero, b, one, u8({}, {28}), half, zero})[0], u8({2}, {20, 255}));
  check_tensor(run_op({"com.microsoft.QLinearWhere"}, {boolean({2}, {1, 0}), a, half, zero, b, one, zero, one, zero})[0],
               u8({2}, {5, 60}));
  check_tensor(
      run_op({"com.microsoft.QLinearLeakyRelu", {{"alpha", 0.5f}}}, {i8({2}, {-8, 8}), one, i8({}, {0}), one, i8({}, {1})})[0],
      i8({2}, {-3, 9}));
  check_tensor(run_op({"com.microsoft.QLinearSigmoid"}, {u8({1}, {128}), half, u8({}, {128}), f32({}, {1.0f / 256}), zero})[0],
               u8({1}, {128}));
  CHECK(operators_of({"com.microsoft.QLinearAdd"}, {"i8[N]", "f32[]", "", "i8[N]", "f32[]", "", "f32[]"}) ==
        "DequantizeLinear DequantizeLinear Add QuantizeLinear");
  CHECK(infer_op({"com.microsoft.QLinearAdd"}, {"i8[N]", "f32[]", "", "i8[N]", "f32[]", "", "f32[]"}) == "i8[N]");
}

TEST_CASE("qlinear: pools, softmax, means and concatenation (values of onnxruntime)") {
  const Tensor half = f32({}, {0.5f}), one = f32({}, {1}), zero = u8({}, {0});
  check_tensor(run_op({"com.microsoft.QLinearAveragePool", {{"kernel_shape", Ints{2}}}},
                      {u8({1, 1, 4}, {1, 10, 21, 30}), half, u8({}, {2}), one, u8({}, {1})})[0],
               u8({1, 1, 3}, {3, 8, 13}));
  check_tensor(run_op({"com.microsoft.QLinearGlobalAveragePool", {{"channels_last", number(1)}}},
                      {u8({1, 2, 2}, {0, 10, 20, 30}), one, zero, one, zero})[0],
               u8({1, 1, 2}, {10, 20}));
  check_tensor(run_op({"com.microsoft.QLinearSoftmax", {{"axis", number(1)}, {"opset", number(13)}}},
                      {u8({1, 3}, {0, 10, 20}), f32({}, {0.1f}), zero, f32({}, {1.0f / 256}), zero})[0],
               u8({1, 3}, {23, 63, 170}));
  check_tensor(run_op({"com.microsoft.QLinearReduceMean", {{"axes", Ints{1}}}}, {u8({1, 2}, {10, 20}), one, zero, half, zero})[0],
               u8({1, 1}, {30}));
  check_tensor(run_op({"com.microsoft.QLinearConcat", {{"axis", number(0)}}},
                      {one, zero, u8({1}, {10}), half, zero, u8({1}, {7}), one, u8({}, {2})})[0],
               u8({2}, {5, 5}));
  CHECK_THROWS_WITH_AS(infer_op({"com.microsoft.QLinearConcat", {{"axis", number(0)}}}, {"f32[]", "u8[]", "u8[1]", "f32[]"}),
                       doctest::Contains("inputs"), Error);
}
