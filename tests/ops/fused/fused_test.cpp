#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("fused conv: bias, residual, then the activation") {
  const OpCase c{"onnxrun.FusedConv", {{"activation", std::string("Clip")}, {"act_alpha", 0.0f}, {"act_beta", 6.0f}}};
  const Tensor x = f32({1, 1, 3}, {1, 2, 3}), w = f32({2, 1, 1}, {1, -1});
  check_tensor(run_op(c, {x, w, f32({2}, {0.5f, 1}), f32({1, 2, 3}, {0, 0, 4, 0, 2, 0})})[0],
               f32({1, 2, 3}, {1.5f, 2.5f, 6, 0, 1, 0}));
  check_tensor(run_op({"onnxrun.FusedConv"}, {x, w})[0], f32({1, 2, 3}, {1, 2, 3, -1, -2, -3}));
}

TEST_CASE("fused conv: types, layout, errors") {
  const OpCase c{"onnxrun.FusedConv", {{"activation", std::string("Relu")}, {"strides", Ints{2, 2}}}};
  CHECK(infer_op(c, {"f32[N, 3, 8, 8]@channels_last", "f32[4, 3, 2, 2]", "f32[4]", "f32[N, 4, 4, 4]@channels_last"}) ==
        "f32[N, 4, 4, 4]@channels_last");
  CHECK(infer_error(c, {"f32[N, 3, 8, 8]", "f32[4, 3, 2, 2]", "", "f32[N, 4, 4, 3]"}).find("input 3") != std::string::npos);
  CHECK(infer_error(c, {"f32[N, 3, 8, 8]", "f32[4, 3, 2, 2]", "f32[3]"}).find("input 2") != std::string::npos);
  CHECK(infer_error({"onnxrun.FusedConv", {{"activation", std::string("Softmax")}}}, {"f32[N, 3, 8]", "f32[4, 3, 2]"})
            .find("activation") != std::string::npos);
}

TEST_CASE("fused matmul: transposes, scale, bias, residual, activation") {
  const Attribute one = std::int64_t{1};
  const OpCase c{"onnxrun.FusedMatMul", {{"transA", one}, {"transB", one}, {"scale", 2.0f}, {"activation", std::string("Relu")}}};
  // a^T = [[1, 3], [2, 4]], b^T = [[1, 0], [1, -1]]: the product is [[4, -3], [6, -4]].
  const auto y = run_op(c, {f32({2, 2}, {1, 2, 3, 4}), f32({2, 2}, {1, 1, 0, -1}), f32({2}, {1, 2}), f32({2, 2}, {0, 5, 0, 5})});
  check_tensor(y[0], f32({2, 2}, {9, 1, 13, 0}));
}

TEST_CASE("fused matmul: batches broadcast") {
  const auto y = run_op({"onnxrun.FusedMatMul"}, {f32({2, 1, 1, 2}, {1, 2, 3, 4}), f32({2, 2, 1}, {1, 0, 0, 1})});
  check_tensor(y[0], f32({2, 2, 1, 1}, {1, 2, 3, 4}));
}

TEST_CASE("fused matmul: symbolic shapes and errors") {
  CHECK(infer_op({"onnxrun.FusedMatMul"}, {"f32[B, S, 768]", "f32[768, 3072]", "f32[3072]"}) == "f32[B, S, 3072]");
  CHECK(infer_op({"onnxrun.FusedMatMul", {{"transB", std::int64_t{1}}}}, {"f32[B, 12, S, 64]", "f32[B, 12, T, 64]"}) ==
        "f32[B, 12, S, T]");
  CHECK(infer_error({"onnxrun.FusedMatMul"}, {"f32[B, 4]", "f32[5, 6]"}).find("inner dimension") != std::string::npos);
  CHECK(infer_error({"onnxrun.FusedMatMul"}, {"f32[3, 2, 4]", "f32[2, 4, 6]"}).find("batch") != std::string::npos);
  CHECK(infer_error({"onnxrun.FusedMatMul"}, {"f32[4]", "f32[4, 6]"}).find("rank 2") != std::string::npos);
  CHECK(infer_error({"onnxrun.FusedMatMul"}, {"f32[2, 4]", "f32[4, 6]", "f32[4]"}).find("[6]") != std::string::npos);
}

TEST_CASE("reorder: the layout changes, the value does not") {
  const Tensor x = ramp({1, 2, 3});
  check_tensor(run_op({"onnxrun.Reorder", {{"layout", std::string("channels_last")}}}, {x})[0], x);
  CHECK(infer_op({"onnxrun.Reorder", {{"layout", std::string("channels_last")}}}, {"f32[N, 2, 3]"}) ==
        "f32[N, 2, 3]@channels_last");
  CHECK(infer_op({"onnxrun.Reorder", {{"layout", std::string("plain")}}}, {"f32[N, 2, 3]@channels_last"}) == "f32[N, 2, 3]");
  CHECK(infer_error({"onnxrun.Reorder", {{"layout", std::string("nhwc")}}}, {"f32[N, 2, 3]"}).find("layout") !=
        std::string::npos);
  CHECK(infer_error({"onnxrun.Reorder", {{"layout", std::string("channels_last")}}}, {"f32[N, 2]"}).find("rank 3") !=
        std::string::npos);
}

TEST_CASE("elementwise chain: inputs broadcast, the last register is the result") {
  const OpCase c{"onnxrun.ElementwiseChain", {{"program", Strings{"Add 0 1", "Relu 2", "Mul 3 #0.5"}}}};
  check_tensor(run_op(c, {f32({2, 2}, {1, -2, 3, -4}), f32({2}, {1, 3})})[0], f32({2, 2}, {1, 0.5f, 2, 0}));
}

TEST_CASE("elementwise chain: types and errors") {
  const OpCase c{"onnxrun.ElementwiseChain", {{"program", Strings{"Mul 0 1"}}}};
  CHECK(infer_op(c, {"f32[N, 8, 4, 4]@channels_last", "f32[]"}) == "f32[N, 8, 4, 4]@channels_last");
  CHECK(infer_op(c, {"f32[N, 1]", "f32[1, M]"}) == "f32[N, M]");
  CHECK(infer_error(c, {"f32[N, 3]", "f32[4]"}).find("broadcast") != std::string::npos);
  CHECK(infer_error(c, {"f32[N, 3]"}).find("register") != std::string::npos);
  CHECK(infer_error(c, {"f32[N, 3]", "i32[3]"}).find("i32") != std::string::npos);
}
