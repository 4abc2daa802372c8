#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("skip layer normalization: all inputs and outputs (values of onnxruntime)") {
  const OpCase c{"com.microsoft.SkipLayerNormalization", {{"epsilon", 0.1f}}, 4};
  const auto y = run_op(c, {ramp({1, 2, 4}), ramp({1, 2, 4}, 3, -1.5f), ramp({4}, 1, 0.5f), ramp({4}), ramp({4}, 1)});
  const float want[] = {-1.167748f, 0.416126f, 2.778499f, 5.919371f};
  check_tensor(y[0], f32({1, 2, 4}, {want[0], want[1], want[2], want[3], want[0], want[1], want[2], want[3]}));
  check_tensor(y[1], f32({1, 2, 1}, {4.75f, 2.75f}));
  check_tensor(y[2], f32({1, 2, 1}, {1.556998f, 1.556998f}));
  check_tensor(y[3], f32({1, 2, 4}, {4, 4.5f, 5, 5.5f, 2, 2.5f, 3, 3.5f}));
}

TEST_CASE("skip layer normalization: the skip may lack the batch") {
  const OpCase c{"com.microsoft.SkipLayerNormalization", {{"epsilon", 0.0f}}};
  check_tensor(run_op(c, {f32({2, 1, 2}, {0, 1, 5, 5}), f32({1, 2}, {1, 2}), f32({2}, {1, 1})})[0],
               f32({2, 1, 2}, {-1, 1, -1, 1}));
}

TEST_CASE("skip simplified layer normalization: divides by the root mean square") {
  const OpCase c{"com.microsoft.SkipSimplifiedLayerNormalization", {{"epsilon", 0.0f}}};
  check_tensor(run_op(c, {f32({1, 2}, {1, 3}), f32({1, 2}, {0, 0}), f32({2}, {1, 2}), f32({2}, {0, 4})})[0],
               f32({1, 2}, {0.2f, 2.8f}));
}

TEST_CASE("skip layer normalization: shapes and errors") {
  const OpCase c{"com.microsoft.SkipLayerNormalization", {}, 4};
  CHECK(infer_op(c, {"f16[B, S, 8]", "f16[B, S, 8]", "f16[8]", "f16[8]"}) ==
        "f16[B, S, 8]; f32[B, S, 1]; f32[B, S, 1]; f16[B, S, 8]");
  CHECK(infer_error(c, {"f32[B, S, 8]", "f32[B, S, 7]", "f32[8]"}).find("broadcast") != std::string::npos);
  CHECK(infer_error(c, {"f32[B, S, 8]", "f32[B, S, 8]", "f32[7]"}).find("[8]") != std::string::npos);
  CHECK(infer_error(c, {"f32[]", "f32[]", "f32[]"}).find("rank 1") != std::string::npos);
}
