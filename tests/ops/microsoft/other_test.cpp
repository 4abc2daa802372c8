// EmbedLayerNormalization, CropAndResize, Inverse, CDist, and what only has another name.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("embed layer normalization: sums of three tables, their norm, and the mask's length (values of onnxruntime)") {
  const auto y = run_op({"com.microsoft.EmbedLayerNormalization", {{"epsilon", 0.01f}}, 3},
                        {i32({1, 2}, {1, 0}), i32({1, 2}, {0, 1}), sines({2, 3}), cosines({4, 3}), sines({2, 3}), ramp({3}, 1),
                         ramp({3}), i32({1, 2}, {1, 0})});
  check_tensor(y[0], f32({1, 2, 3}, {1.044904f, 1.5656f, -1.983111f, -0.967074f, 0.257577f, 6.014857f}));
  check_tensor(y[1], i32({1}, {1}));
  check_tensor(y[2], f32({1, 2, 3}, {1.14112f, 0.624971f, -0.465774f, -0.848872f, -0.568975f, 0.234035f}));
}

TEST_CASE("crop and resize: corners on corners, outside the given value (values of onnxruntime)") {
  const OpCase c{"com.microsoft.CropAndResize", {{"extrapolation_value", -1.0f}}};
  const Tensor x = ramp({1, 1, 3, 3}), rois = f32({2, 4}, {0, 0, 1, 1, 0, 0.5f, 1.5f, 0.5f});
  check_tensor(run_op(c, {x, rois, i32({2}, {0, 0}), i32({2}, {2, 2})})[0], f32({2, 1, 2, 2}, {0, 2, 6, 8, 1, 1, -1, -1}));
  CHECK_THROWS_WITH_AS(run_op(c, {x, rois, i32({2}, {0, 1}), i32({2}, {2, 2})}), doctest::Contains("batch_indices[1]"), Error);
  CHECK(run_error(c, {x, rois, i32({2}, {0, 0}), i32({2}, {0, 2})}).find("crop_size") != std::string::npos);
  CHECK(infer_error(c, {"f32[1, 1, 3, 3]", "f32[R, 5]", "i32[R]", "i32[2]"}).find("input 1") != std::string::npos);
}

TEST_CASE("linear algebra: inverses and distances") {
  check_tensor(run_op({"com.microsoft.Inverse"}, {f32({1, 2, 2}, {0, 2, 4, 8})})[0], f32({1, 2, 2}, {-1, 0.25f, 0.5f, 0}));
  CHECK_THROWS_WITH_AS(run_op({"com.microsoft.Inverse"}, {f32({2, 2}, {1, 2, 2, 4})}), doctest::Contains("no inverse"), Error);
  CHECK(infer_error({"com.microsoft.Inverse"}, {"f32[N, 2, 3]"}).find("size of the matrices") != std::string::npos);
  const Tensor a = f32({1, 2}, {0, 0}), b = f32({2, 2}, {3, 4, 1, 0});
  check_tensor(run_op({"com.microsoft.CDist"}, {a, b})[0], f32({1, 2}, {25, 1}));
  check_tensor(run_op({"com.microsoft.CDist", {{"metric", std::string("euclidean")}}}, {a, b})[0], f32({1, 2}, {5, 1}));
  CHECK(infer_error({"com.microsoft.CDist"}, {"f32[N, 2]", "f32[M, 3]"}).find("columns") != std::string::npos);
}

TEST_CASE("renamed: normalizations") {
  check_tensor(run_op({"SimplifiedLayerNormalization", {{"epsilon", 0.0f}}}, {f32({1, 2}, {1, 7}), f32({2}, {1, 1})})[0],
               f32({1, 2}, {0.2f, 1.4f}));
  CHECK(operators_of({"com.microsoft.SimplifiedLayerNormalization"}, {"f16[B, S, 8]", "f16[8]"}) == "RMSNormalization");
  const OpCase group{"com.microsoft.GroupNorm", {{"groups", number(1)}, {"activation", number(1)}, {"epsilon", 0.0f}}};
  check_tensor(run_op(group, {f32({1, 1, 1, 2}, {1, 3}), f32({2}, {1, 1}), f32({2}, {0, 0})})[0],
               f32({1, 1, 1, 2}, {-0.268941f, 0.731059f}));
  const OpCase skip{"com.microsoft.SkipGroupNorm", {{"groups", number(1)}, {"activation", number(0)}, {"epsilon", 0.0f}}, 2};
  const auto y =
      run_op(skip, {f32({1, 1, 1, 2}, {1, 2}), f32({2}, {1, 1}), f32({2}, {0, 0}), f32({1, 2}, {0, 1}), f32({2}, {1, 1})});
  check_tensor(y[0], f32({1, 1, 1, 2}, {-1, 1}));
  check_tensor(y[1], f32({1, 1, 1, 2}, {2, 4}));
}

TEST_CASE("renamed: rotary embedding with the place of the first token, and heads by the size of the caches") {
  const OpCase c{"com.microsoft.RotaryEmbedding"};
  const Tensor x = f32({1, 2, 2}, {1, 2, 3, 4}), cosine = f32({3, 1}, {1, 0, -1}), sine = f32({3, 1}, {0, 1, 0});
  check_tensor(run_op(c, {x, i64({1}, {1}), cosine, sine})[0], f32({1, 2, 2}, {-2, 1, -3, -4}));
  check_tensor(run_op(c, {x, i64({1, 2}, {2, 0}), cosine, sine})[0], f32({1, 2, 2}, {-1, -2, 3, 4}));
  CHECK(operators_of(c, {"f32[B, S, W]", "i64[B, S]", "f32[P, H]", "f32[P, H]"}).ends_with("RotaryEmbedding Transpose Shape Reshape"));
}

TEST_CASE("renamed: shapes, ranges and quantization") {
  check_tensor(run_op({"com.microsoft.ExpandDims"}, {f32({2}, {1, 2}), i32({}, {-1})})[0], f32({2, 1}, {1, 2}));
  check_tensor(run_op({"com.microsoft.Range"}, {f32({1}, {1}), f32({1}, {3})})[0], f32({2}, {1, 2}));
  check_tensor(run_op({"com.microsoft.QuantizeLinear"}, {f32({2}, {1, 2}), f32({}, {0.5f}), u8({}, {3})})[0], u8({2}, {5, 7}));
  check_tensor(run_op({"com.microsoft.DequantizeLinear"}, {u8({2}, {5, 7}), f32({}, {0.5f}), u8({}, {3})})[0], f32({2}, {1, 2}));
  check_tensor(run_op({"com.microsoft.Pad"}, {f32({2}, {1, 2}), i64({1, 2}, {1, 0}), f32({1}, {9})})[0], f32({3}, {9, 1, 2}));
  const auto y = run_op({"com.microsoft.Unique", {}, 3}, {f32({4}, {2, 1, 1, 3})});
  check_tensor(y[0], f32({3}, {2, 1, 3}));
  check_tensor(y[1], i64({4}, {0, 1, 1, 2}));
  check_tensor(y[2], i64({3}, {1, 2, 1}));
}
