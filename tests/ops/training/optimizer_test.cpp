#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {

Tensor f64(double value) { return Tensor::of<double>({}, {value}); }

OpCase momentum(const std::string& mode, int outputs = 2) {
  return {"ai.onnx.preview.training.Momentum",
          {{"norm_coefficient", 0.25f}, {"alpha", 0.5f}, {"beta", 0.125f}, {"mode", mode}},
          outputs};
}

}  // namespace

TEST_CASE("adagrad: the formula, two tensors of different types and shapes") {
  const OpCase c{"ai.onnx.preview.training.Adagrad", {{"norm_coefficient", 0.5f}, {"decay_factor", 0.5f}, {"epsilon", 0.0f}}, 4};
  // r = 0.6 / (1 + 4 * 0.5) = 0.2; g = 0.5 * 2 + 2 = 3, h = 7 + 9 = 16, x = 2 - 0.2 * 3 / 4
  const auto y = run_op(c, {f32({}, {0.6f}), i64({}, {4}), f32({1}, {2}), Tensor::of<double>({1, 2}, {0, 0}), f32({1}, {2}),
                            Tensor::of<double>({1, 2}, {1, -2}), f32({1}, {7}), Tensor::of<double>({1, 2}, {0, 0})});
  check_tensor(y[0], f32({1}, {1.85f}));
  check_tensor(y[1], Tensor::of<double>({1, 2}, {-0.2, 0.2}), 1e-7);
  check_tensor(y[2], f32({1}, {16}));
  check_tensor(y[3], Tensor::of<double>({1, 2}, {1, 4}));
}

TEST_CASE("adam: bias correction after the first step, regularisation before and after") {
  const OpCase c{"ai.onnx.preview.training.Adam",
                 {{"alpha", 0.5f}, {"beta", 0.75f}, {"epsilon", 0.0f}, {"norm_coefficient", 1.0f}, {"norm_coefficient_post", 0.5f}}, 3};
  const auto at = [&](std::int64_t t) {
    return run_op(c, {f64(0.1), i64({1}, {t}), f32({1}, {1}), f32({1}, {1}), f32({1}, {4}), f32({1}, {4})});
  };
  // g = 2, v = 2 + 1 = 3, h = 3 + 1 = 4
  check_tensor(at(0)[0], f32({1}, {0.5f * (1 - 0.1f * 3 / 2)}));
  check_tensor(at(0)[1], f32({1}, {3}));
  check_tensor(at(0)[2], f32({1}, {4}));
  // r = 0.1 * sqrt(1 - 0.75^1) / (1 - 0.5^1) = 0.1
  check_tensor(at(1)[0], f32({1}, {0.5f * (1 - 0.1f * 3 / 2)}));
  // r = 0.1 * sqrt(1 - 0.5625) / 0.75
  check_tensor(at(2)[0], f32({1}, {0.5f * (1 - 0.0881917f * 3 / 2)}));
}

TEST_CASE("momentum: standard and Nesterov's; beta counts from the second step on") {
  const std::vector<Tensor> first{f32({}, {0.1f}), i64({}, {0}), f32({2}, {4, 8}), f32({2}, {1, 0}), f32({2}, {2, 4})};
  std::vector<Tensor> later = first;
  later[1] = i64({}, {1});
  auto y = run_op(momentum("standard"), first);  // g = {2, 2}
  check_tensor(y[1], f32({2}, {3, 4}));
  check_tensor(y[0], f32({2}, {3.7f, 7.6f}));
  y = run_op(momentum("standard"), later);
  check_tensor(y[1], f32({2}, {1.25f, 2.25f}));
  check_tensor(y[0], f32({2}, {3.875f, 7.775f}));
  y = run_op(momentum("nesterov"), first);
  check_tensor(y[1], f32({2}, {3, 4}));
  check_tensor(y[0], f32({2}, {4 - 0.35f, 8 - 0.4f}));
}

TEST_CASE("optimizers: shapes and errors") {
  CHECK(infer_op(momentum("standard", 4), {"f64[]", "i64[]", "f32[N]", "f64[2, M]", "f32[N]", "f64[2, M]", "f32[N]", "f64[2, M]"}) ==
        "f32[N]; f64[2, M]; f32[N]; f64[2, M]");
  CHECK(infer_op({"ai.onnx.preview.training.Adam", {}, 3}, {"f32[]", "i64[]", "f32[N]", "f32[N]", "f32[N]", "f32[N]"}) ==
        "f32[N]; f32[N]; f32[N]");
  CHECK(infer_error(momentum("standard"), {"f32[]", "i64[]", "f32[2]", "f32[2]", "f32[2]", "f32[2]"}).find("want a multiple of 3") != std::string::npos);
  CHECK(infer_error(momentum("standard", 3), {"f32[]", "i64[]", "f32[2]", "f32[2]", "f32[2]"}).find("has 3 outputs, want 2") != std::string::npos);
  CHECK(infer_error(momentum("standard"), {"f32[]", "i64[]", "f32[2]", "f32[3]", "f32[2]"}).find("input 3") != std::string::npos);
  CHECK(infer_error(momentum("standard"), {"f32[]", "i64[]", "f32[2]", "f32[2]", "f64[2]"}).find("element types") != std::string::npos);
  CHECK(infer_error(momentum("standard"), {"f32[]", "i32[]", "f32[2]", "f32[2]", "f32[2]"}).find("want i64") != std::string::npos);
  CHECK(infer_error(momentum("standard"), {"f32[2]", "i64[]", "f32[2]", "f32[2]", "f32[2]"}).find("want one element") != std::string::npos);
  CHECK(infer_error(momentum("fast"), {"f32[]", "i64[]", "f32[2]", "f32[2]", "f32[2]"}).find("mode is fast") != std::string::npos);
  CHECK(infer_error({"ai.onnx.preview.training.Momentum", {}, 2}, {"f32[]", "i64[]", "f32[2]", "f32[2]", "f32[2]"}).find("is missing") != std::string::npos);
}
