// TensorScatter, LinearAttention, CausalConvWithState: operators that carry a state from token to token.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/compare.h"
#include "tests/support/op_case.h"
#include "tests/support/op_text.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
const Attributes kHeads{{"q_num_heads", Attribute(std::int64_t{2})}, {"kv_num_heads", Attribute(std::int64_t{1})}};
}  // namespace

TEST_CASE("tensor scatter: writes a window, wraps around when circular") {
  const Tensor cache = ramp({2, 3, 1}), update = f32({2, 2, 1}, {10, 11, 12, 13});
  check_tensor(run_op({"TensorScatter"}, {cache, update})[0], f32({2, 3, 1}, {10, 11, 2, 12, 13, 5}));
  check_tensor(run_op({"TensorScatter"}, {cache, update, i64({2}, {1, 0})})[0], f32({2, 3, 1}, {0, 10, 11, 12, 13, 5}));
  check_tensor(run_op({"TensorScatter", {{"mode", std::string("circular")}}}, {cache, update, i64({2}, {2, 4})})[0],
               f32({2, 3, 1}, {11, 1, 10, 3, 12, 13}));
  const auto small = results_of(R"(graph() -> (%y, %want) { %c = const i4[1, 5, 1] {1, 2, 3, 4, 5} %u = const i4[1, 2, 1] {-8, -1} %i = const i64[1] {2}
    %y = TensorScatter(%c, %u, %i) %want = const i4[1, 5, 1] {1, 2, -8, -1, 5} })");
  CHECK(difference(small[0], small[1]) == "");
  CHECK_THROWS_WITH_AS(run_op({"TensorScatter"}, {cache, update, i64({2}, {2, 0})}), doctest::Contains("no room"), Error);
  CHECK(infer_op({"TensorScatter"}, {"bf16[B, 8, M, 64]", "bf16[B, 8, S, 64]"}) == "bf16[B, 8, M, 64]");
  CHECK(infer_error({"TensorScatter", {{"axis", number(0)}}}, {"f32[2, 3]", "f32[2, 3]"}).find("axis") != std::string::npos);
  CHECK(infer_error({"TensorScatter"}, {"f32[2, 3, 1]", "f32[2, 4, 1]"}).find("4 rows") != std::string::npos);
  CHECK(infer_error({"TensorScatter"}, {"f32[2, 3, 1]", "f32[2, 2, 2]"}).find("input 1") != std::string::npos);
}

TEST_CASE("linear attention: gated delta with a past state (values of onnx)") {
  const Tensor q = map(ramp({1, 2, 4}), [](float x) { return std::sin(x); }),
               k = map(ramp({1, 2, 2}), [](float x) { return std::cos(x); });
  const auto y = run_op({"LinearAttention", kHeads, 2}, {q, k, ramp({1, 2, 2}), f32({1, 1, 2, 2}, {1, 1, 1, 1}),
                                                         f32({1, 2, 1}, {-0.5f, -0.25f}), f32({1, 2, 1}, {0.5f, 0.75f})});
  check_tensor(y[0], f32({1, 2, 4}, {0.210719f, 0.371462f, 0.124976f, 0.473418f, 1.30921f, 1.876948f, -0.550001f, -0.917368f}));
  check_tensor(y[1], f32({1, 1, 2, 2}, {-0.61497f, -0.653266f, -1.445465f, -2.252538f}));
}

TEST_CASE("linear attention: shapes and errors") {
  Attributes linear = kHeads;
  linear.set("update_rule", std::string("linear"));
  CHECK(infer_op({"LinearAttention", linear, 2}, {"f16[B, T, 16]", "f16[B, T, 8]", "f16[B, T, 4]"}) ==
        "f16[B, T, 8]; f16[B, 1, 8, 4]");
  CHECK(infer_error({"LinearAttention", kHeads, 2}, {"f32[B, T, 16]", "f32[B, T, 8]", "f32[B, T, 4]"}).find("decay") !=
        std::string::npos);
  CHECK(infer_error({"LinearAttention", linear, 2}, {"f32[B, T, 16]", "f32[B, T, 6]", "f32[B, T, 4]"}).find("head size") !=
        std::string::npos);
  linear.set("kv_num_heads", number(0));
  CHECK(infer_error({"LinearAttention", linear, 2}, {"f32[B, T, 16]", "f32[B, T, 8]", "f32[B, T, 4]"}).find("multiple") !=
        std::string::npos);
}

TEST_CASE("causal conv with state: the past comes first (values of onnx)") {
  const OpCase c{"CausalConvWithState", {}, 2};
  const auto y = run_op(c, {ramp({1, 2, 3}), ramp({2, 1, 3}, 1), f32({2}, {1, -1}), ramp({1, 2, 2}, 10)});
  check_tensor(y[0], f32({1, 2, 3}, {33, 15, 9, 130, 90, 61}));
  check_tensor(y[1], f32({1, 2, 2}, {1, 2, 4, 5}));
  check_tensor(
      run_op({"CausalConvWithState", {{"activation", std::string("silu")}}, 2}, {f32({1, 1, 1}, {2}), f32({1, 1, 1}, {1})})[0],
      f32({1, 1, 1}, {1.7615942f}));
  CHECK(infer_op(c, {"f32[B, 6, L]", "f32[6, 1, 4]"}) == "f32[B, 6, L]; f32[B, 6, 3]");
  CHECK(infer_error(c, {"f32[B, 6, L]", "f32[6, 2, 4]"}).find("input 1") != std::string::npos);
  CHECK(infer_error(c, {"f32[B, 6, L]", "f32[6, 1, 0]"}).find("empty") != std::string::npos);
  CHECK(infer_error({"CausalConvWithState", {{"activation", std::string("relu")}}}, {"f32[B, 6, L]", "f32[6, 1, 4]"})
            .find("relu") != std::string::npos);
}
