#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("layer normalization: axis 1 with scale, bias and the saved statistics (values of onnxruntime)") {
  const Tensor x = f32({2, 2, 3}, {4, 2.25f, 1, 0.25f, 0, 0.25f, 1, 2.25f, 4, 6.25f, 9, 12.25f});
  const auto y = run_op({"LayerNormalization", {{"axis", std::int64_t{1}}}, 3}, {x, ramp({2, 3}, 1, 0.25f), ramp({3})});
  check_tensor(y[0], f32({2, 2, 3}, {1.9011f, 1.840871f, 1.692899f, -1.279587f, -0.813357f, 0.354817f, -1.230879f, -0.137225f,
                                     1.309637f, 0.206038f, 2.648308f, 5.732775f}));
  check_tensor(y[1], f32({2, 1, 1}, {1.291667f, 5.791667f}));
  check_tensor(y[2], f32({2, 1, 1}, {0.701945f, 0.256879f}));
}

TEST_CASE("layer normalization: no bias, last axis") {
  check_tensor(run_op({"LayerNormalization", {{"epsilon", 0.0f}}}, {f32({2, 2}, {1, 3, 4, 8}), f32({2}, {1, 2})})[0],
               f32({2, 2}, {-1, 2, -1, 2}));
}

TEST_CASE("layer normalization: shapes and errors") {
  CHECK(infer_op({"LayerNormalization", {}, 3}, {"f16[B, S, 768]", "f16[768]", "f16[768]"}) ==
        "f16[B, S, 768]; f32[B, S, 1]; f32[B, S, 1]");
  CHECK(infer_error({"LayerNormalization"}, {"f32[B, 4]", "f32[5]"}).find("broadcast") != std::string::npos);
  CHECK(infer_error({"LayerNormalization"}, {"f32[4]", "f32[2, 4]"}).find("broadcast") != std::string::npos);
  CHECK(infer_error({"LayerNormalization", {{"axis", std::int64_t{2}}}}, {"f32[B, 4]", "f32[4]"}).find("axis 2") !=
        std::string::npos);
  CHECK(infer_error({"LayerNormalization", {{"stash_type", std::int64_t{7}}}}, {"f32[B, 4]", "f32[4]"}).find("stash_type") !=
        std::string::npos);
  CHECK(infer_error({"LayerNormalization"}, {"f32[]", "f32[]"}).find("rank 1") != std::string::npos);
  CHECK(infer_error({"LayerNormalization"}, {"f32[B, 4]", "f16[4]"}).find("element types") != std::string::npos);
}
