#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {

constexpr float kMasked = -std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("attention: four query heads share two key heads (values of onnxruntime)") {
  const OpCase c{"Attention", {{"q_num_heads", number(4)}, {"kv_num_heads", number(2)}, {"scale", 0.5f}}};
  const auto y = run_op(c, {sines({1, 2, 8}), cosines({1, 3, 4}), ramp({1, 3, 6}, -1, 0.2f)});
  check_tensor(y[0], f32({1, 2, 12}, {-0.024702f, 0.175298f, 0.375298f, -0.078372f, 0.121628f,  0.321628f, 0.635956f, 0.835956f,
                                      1.035956f,  0.943588f, 1.143588f, 1.343588f,  -0.177918f, 0.022082f, 0.222082f, 0.590041f,
                                      0.790041f,  0.990041f, 0.935154f, 1.135154f,  1.335154f,  0.82581f,  1.02581f,  1.22581f}));
}

TEST_CASE("attention: causal with a past, softcap, and the biased scores (values of onnxruntime)") {
  const OpCase c{"Attention", {{"is_causal", number(1)}, {"softcap", 2.0f}, {"qk_matmul_output_mode", number(2)}}, 4};
  const auto y = run_op(
      c, {sines({1, 2, 2, 4}), cosines({1, 1, 2, 4}), ramp({1, 1, 2, 2}), Tensor(), sines({1, 1, 1, 4}), ramp({1, 1, 1, 2}, 9)});
  check_tensor(y[0], f32({1, 2, 2, 2}, {6.155988f, 7.155988f, 3.519395f, 4.519395f, 2.038123f, 3.038123f, 4.540187f, 5.540187f}));
  check_tensor(y[1], f32({1, 1, 3, 4}, {0, 0.841471f, 0.909297f, 0.14112f, 1, 0.540302f, -0.416147f, -0.989992f, -0.653644f,
                                        0.283662f, 0.96017f, 0.753902f}));
  check_tensor(y[2], f32({1, 1, 3, 2}, {9, 10, 0, 1, 2, 3}));
  check_tensor(y[3], f32({1, 2, 2, 3}, {0.740482f, -0.031727f, kMasked, -0.474893f, -0.847512f, 0.2239f, -0.144254f, 1.084166f,
                                        kMasked, 0.648736f, -0.657442f, 0.889007f}));
}

TEST_CASE("attention: masks, windows and short key counts choose the keys") {
  // Equal scores: the result is the mean of the values that take part.
  const Tensor q = f32({1, 1, 3, 1}, {0, 0, 0}), k = f32({1, 1, 3, 1}, {1, 1, 1}), v = f32({1, 1, 3, 1}, {1, 2, 6});
  const auto run = [&](Attributes attrs, Tensor mask, Tensor valid = {}) {
    return run_op({"Attention", std::move(attrs)}, {q, k, v, mask, Tensor(), Tensor(), valid})[0];
  };
  check_tensor(run({}, Tensor()), f32({1, 1, 3, 1}, {3, 3, 3}));
  check_tensor(run({}, boolean({3, 3}, {1, 0, 0, 0, 1, 1, 0, 0, 0})), f32({1, 1, 3, 1}, {1, 4, 0}));
  check_tensor(run({}, f32({1, 1, 1, 3}, {0, 0, kMasked})), f32({1, 1, 3, 1}, {1.5f, 1.5f, 1.5f}));
  check_tensor(run({}, boolean({2}, {1, 1})), f32({1, 1, 3, 1}, {1.5f, 1.5f, 1.5f}));
  check_tensor(run({{"is_causal", number(1)}}, Tensor()), f32({1, 1, 3, 1}, {1, 1.5f, 3}));
  check_tensor(run({{"left_window_size", number(0)}, {"right_window_size", number(1)}}, Tensor()),
               f32({1, 1, 3, 1}, {1.5f, 4, 6}));
  check_tensor(run({}, Tensor(), i64({1}, {2})), f32({1, 1, 3, 1}, {1.5f, 1.5f, 1.5f}));
  // Two valid keys before three queries: the first query stands before all of them.
  check_tensor(run({{"is_causal", number(1)}}, Tensor(), i64({1}, {2})), f32({1, 1, 3, 1}, {0, 1, 1.5f}));
}

TEST_CASE("attention: symbolic shapes") {
  const OpCase flat{"Attention", {{"q_num_heads", number(12)}, {"kv_num_heads", number(12)}}, 4};
  CHECK(infer_op(flat, {"f32[B, S, 768]", "f32[B, S, 768]", "f32[B, S, 768]", "bool[B, 1, 1, S]"}) ==
        "f32[B, S, 768]; f32[B, 12, S, 64]; f32[B, 12, S, 64]; f32[B, 12, S, S]");
  CHECK(infer_op({"Attention", {}, 2}, {"f16[B, 8, S, 64]", "f16[B, 2, S, 64]", "f16[B, 2, S, 32]", "", "f16[B, 2, P, 64]",
                                        "f16[B, 2, P, 32]"}) == "f16[B, 8, S, 32]; f16[B, 2, P + S, 64]");
  CHECK(infer_op({"Attention"}, {"f32[...]", "f32[...]", "f32[...]"}) == "f32[...]");
}

TEST_CASE("attention: wrong nodes are errors") {
  const std::string x = "f32[1, 4, 5, 8]";
  const auto error = [](Attributes attrs, std::vector<std::string> types) {
    return infer_error({"Attention", std::move(attrs)}, types);
  };
  CHECK(error({}, {x, x, x}) == "");
  CHECK(error({}, {"f32[1, 5, 32]", "f32[1, 5, 32]", "f32[1, 5, 32]"}).find("q_num_heads is 0") != std::string::npos);
  CHECK(error({{"q_num_heads", number(5)}, {"kv_num_heads", number(4)}}, {"f32[1, 5, 32]", "f32[1, 5, 32]", "f32[1, 5, 32]"})
            .find("5 heads") != std::string::npos);
  CHECK(error({}, {x, "f32[1, 3, 5, 8]", "f32[1, 3, 5, 8]"}).find("no multiple") != std::string::npos);
  CHECK(error({}, {x, "f32[1, 0, 5, 8]", "f32[1, 0, 5, 8]"}).find("no multiple") != std::string::npos);
  CHECK(error({}, {x, "f32[1, 4, 5, 7]", x}).find("head size") != std::string::npos);
  CHECK(error({}, {x, "f32[2, 4, 5, 8]", x}).find("batch") != std::string::npos);
  CHECK(error({}, {x, x, "f32[1, 4, 6, 8]"}).find("keys and values") != std::string::npos);
  CHECK(error({}, {x, x, x, "bool[2, 1, 5, 5]"}).find("broadcast") != std::string::npos);
  CHECK(error({}, {x, x, x, "bool[5, 6]"}).find("broadcast") != std::string::npos);
  CHECK(error({}, {x, x, x, "", x}).find("past_value") != std::string::npos);
  CHECK(error({}, {x, x, x, "", "f32[1, 4, 2, 8]", "f32[1, 4, 3, 8]"}).find("input 5") != std::string::npos);
  CHECK(error({}, {"f32[5, 8]", "f32[5, 8]", "f32[5, 8]"}).find("rank 3 or 4") != std::string::npos);
  CHECK(error({{"qk_matmul_output_mode", number(9)}}, {x, x, x}).find("mode is 9") != std::string::npos);
}
