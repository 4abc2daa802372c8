#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
OpCase multi_head(Attributes attrs, int outputs = 1) { return {"com.microsoft.MultiHeadAttention", std::move(attrs), outputs}; }
}  // namespace

TEST_CASE("multi head attention: lengths as a mask (values of onnxruntime)") {
  const std::vector<Tensor> in = {sines({2, 1, 4}), cosines({2, 3, 4}), ramp({2, 3, 4}), Tensor(), i32({2}, {2, 3})};
  const Tensor want =
      f32({2, 1, 4}, {1.847593f, 2.847592f, 4.969959f, 5.969958f, 16.932913f, 17.932911f, 18.353588f, 19.353588f});
  check_tensor(run_op(multi_head({{"num_heads", number(2)}}), in)[0], want);
  std::vector<Tensor> masked = in;
  masked[4] = i32({2, 3}, {1, 1, 0, 1, 1, 1});
  check_tensor(run_op(multi_head({{"num_heads", number(2)}}), masked)[0], want);
  masked[4] = i32({2, 1, 3}, {1, 1, 0, 1, 1, 1});
  check_tensor(run_op(multi_head({{"num_heads", number(2)}}), masked)[0], want);
  // Keys and values of a cache: [B, H, T, D].
  std::vector<Tensor> cached = in;
  for (const std::size_t i : {1, 2}) {
    Tensor t(DType::kFloat32, {2, 2, 3, 2});
    for (std::size_t k = 0; k < 24; ++k)
      t.view<float>()[((k / 12 * 2 + k / 2 % 2) * 3 + k / 4 % 3) * 2 + k % 2] = in[i].view<float>()[k];
    cached[i] = t;
  }
  check_tensor(run_op(multi_head({{"num_heads", number(2)}}), cached)[0], want);
}

TEST_CASE("multi head attention: bias, past and causal mask (values of onnxruntime)") {
  const auto y = run_op(multi_head({{"num_heads", number(2)}, {"unidirectional", number(1)}}, 3),
                        {sines({1, 2, 4}), cosines({1, 2, 4}), ramp({1, 2, 4}), sines({12}), Tensor(), Tensor(),
                         ramp({1, 2, 1, 2}), ramp({1, 2, 1, 2}, 5)});
  check_tensor(y[0], f32({1, 2, 4}, {4.374283f, 5.284225f, 6.912378f, 7.905171f, 4.100377f, 4.653368f, 6.525087f, 7.427436f}));
  check_tensor(y[1], f32({1, 2, 3, 2}, {0, 1, 0.243198f, -0.418622f, -1.410446f, -0.675262f, 2, 3, -0.695562f, -0.333006f,
                                        0.680755f, 1.410889f}));
  check_tensor(y[2], f32({1, 2, 3, 2},
                         {5, 6, 0.989358f, 1.412118f, 4.989358f, 5.412118f, 7, 8, 1.455979f, 2.00001f, 5.455979f, 6.00001f}));
}

TEST_CASE("multi head attention: packed inputs") {
  const Tensor q = sines({1, 2, 4}), k = cosines({1, 2, 4}), v = ramp({1, 2, 4});
  Tensor packed(DType::kFloat32, {1, 2, 2, 3, 2});
  for (std::size_t i = 0; i < 24; ++i) {
    const std::size_t s = i / 12, h = i / 6 % 2, which = i / 2 % 3, d = i % 2;
    packed.view<float>()[i] = (which == 0 ? q : which == 1 ? k : v).view<float>()[s * 4 + h * 2 + d];
  }
  check_tensor(run_op(multi_head({{"num_heads", number(2)}}), {packed})[0],
               run_op(multi_head({{"num_heads", number(2)}}), {q, k, v})[0]);
}

TEST_CASE("multi head attention: what is not supported says so") {
  const std::string x = "f32[B, S, 8]";
  CHECK_THROWS_AS(infer_op(multi_head({{"num_heads", number(0)}}), {x, x, x}), Error);
  CHECK_THROWS_AS(infer_op(multi_head({}), {x, x, x}), Error);
  const std::string pair = "f32[2, 4, 8]";
  CHECK_THROWS_WITH_AS(infer_op(multi_head({{"num_heads", number(2)}}), {pair, pair, pair, "", "i32[7]"}),
                       doctest::Contains("mask"), Error);
  CHECK_THROWS_WITH_AS(infer_op(multi_head({{"num_heads", number(2)}}), {x, x, x, "", "", "", "", "", "i32[]"}),
                       doctest::Contains("shared buffers"), Error);
  CHECK_THROWS_AS(infer_op(multi_head({{"num_heads", number(2)}}), {}), Error);
}

TEST_CASE("attention of com.microsoft: past and causal mask (values of onnxruntime)") {
  const OpCase c{"com.microsoft.Attention", {{"num_heads", number(1)}, {"unidirectional", number(1)}}, 2};
  const auto y = run_op(c, {sines({1, 2, 2}), cosines({2, 6}), sines({6}), i32({1, 3}, {1, 1, 1}), ramp({2, 1, 1, 1, 2})});
  check_tensor(y[0], f32({1, 2, 2}, {1.226952f, 2.117041f, 0.762346f, 1.622414f}));
  check_tensor(y[1], f32({2, 1, 1, 3, 2}, {0, 1, 0.786863f, -0.62557f, 0.510363f, -0.887656f, 2, 3, -1.462857f, -0.9552f,
                                           -1.469569f, -0.700366f}));
}

TEST_CASE("attention of com.microsoft: lengths, and ends with beginnings (values of onnxruntime)") {
  const OpCase c{"com.microsoft.Attention", {{"num_heads", number(1)}}};
  const Tensor want =
      f32({2, 2, 2}, {-1.4655f, -0.854853f, -1.465437f, -0.857246f, 0.542483f, -1.177844f, 0.542483f, -1.177844f});
  check_tensor(run_op(c, {sines({2, 2, 2}), cosines({2, 6}), sines({6}), i32({2}, {2, 1})})[0], want);
  check_tensor(run_op(c, {sines({2, 2, 2}), cosines({2, 6}), sines({6}), i32({4}, {2, 1, 0, 0})})[0], want);
  CHECK(operators_of({"com.microsoft.Attention", {{"num_heads", number(4)}}}, {"f32[B, S, 16]", "f32[16, 48]", "f32[48]"}) ==
        "MatMul Add Split Attention");
  CHECK_THROWS_WITH_AS(infer_op({"com.microsoft.Attention", {{"num_heads", number(4)}, {"do_rotary", number(1)}}},
                                {"f32[B, S, 16]", "f32[16, 48]"}),
                       doctest::Contains("do_rotary"), Error);
}

TEST_CASE("attention of com.microsoft: quantized (values of onnxruntime)") {
  const auto y = run_op({"com.microsoft.QAttention", {{"num_heads", number(1)}}},
                        {u8({1, 2, 2}, {0, 1, 2, 3}), i8({2, 6}, {-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5}), sines({6}),
                         f32({}, {0.5f}), f32({}, {0.25f}), Tensor(), u8({}, {1}), i8({}, {1})});
  check_tensor(y[0], f32({1, 2, 2}, {-0.381802f, -0.591523f, -0.381802f, -0.367905f}));
}

TEST_CASE("attention of com.microsoft: sizes that only the run knows") {
  const OpCase plain{"com.microsoft.Attention", {{"num_heads", number(2)}}};
  CHECK(infer_op(plain, {"f32[B, S, 4]", "f32[4, M]", "f32[M]", "i32[K]"}).starts_with("f32[B, S, "));
  CHECK(infer_op(plain, {"f32[B, S, 4]", "f32[4, 12]", "f32[12]", "i32[4]"}) == "f32[B, S, 4]");
  CHECK(infer_op(multi_head({{"num_heads", number(2)}}), {"f32[B, S, H]", "f32[B, T, H]", "f32[B, T, V]", "f32[M]"}).starts_with("f32[B, S, "));
}
