#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
float sine(float x) { return std::sin(x); }
float cosine(float x) { return std::cos(x); }
}  // namespace

TEST_CASE("rotary embedding: halves, with position ids (values of onnxruntime)") {
  const Tensor angles = f32({5, 1}, {0, 2, 4, 6, 8});
  const OpCase c{"RotaryEmbedding", {{"num_heads", number(2)}}};
  const auto y =
      run_op(c, {map(ramp({1, 2, 4}), sine), map(angles.clone(), cosine), map(angles.clone(), sine), i64({1, 2}, {3, 1})});
  check_tensor(y[0], f32({1, 2, 4}, {0.23512f, 0.807955f, 0.912511f, -0.118573f, 1.186888f, -0.289105f, -0.481118f, -0.527475f}));
}

TEST_CASE("rotary embedding: pairs, four dimensions, without position ids (values of onnxruntime)") {
  const OpCase c{"RotaryEmbedding", {{"interleaved", number(1)}}};
  const auto y = run_op(c, {map(ramp({1, 1, 2, 4}), sine), map(ramp({1, 2, 2}), cosine), map(ramp({1, 2, 2}), sine)});
  check_tensor(y[0], f32({1, 1, 2, 4}, {0, 0.841471f, 0.372547f, 0.841395f, 1.186888f, -0.289105f, 0.183905f, -0.689843f}));
}

TEST_CASE("rotary embedding: only the first elements of a head turn") {
  const OpCase c{"RotaryEmbedding", {{"rotary_embedding_dim", number(2)}}};
  const auto y = run_op(c, {f32({1, 1, 1, 4}, {1, 2, 3, 4}), f32({1, 1, 1}, {0}), f32({1, 1, 1}, {1})});
  check_tensor(y[0], f32({1, 1, 1, 4}, {-2, 1, 3, 4}));
}

TEST_CASE("rotary embedding: shapes and errors") {
  const OpCase c{"RotaryEmbedding", {{"num_heads", number(4)}}};
  CHECK(infer_op(c, {"f32[B, S, 32]", "f32[100, 4]", "f32[100, 4]", "i64[B, S]"}) == "f32[B, S, 32]");
  CHECK(infer_error(c, {"f32[B, S, 30]", "f32[9, 4]", "f32[9, 4]", "i64[B, S]"}).find("4 heads") != std::string::npos);
  CHECK(infer_error(c, {"f32[B, S, 32]", "f32[9, 5]", "f32[9, 5]", "i64[B, S]"}).find("input 1") != std::string::npos);
  CHECK(infer_error({"RotaryEmbedding"}, {"f32[B, S, 32]", "f32[9, 4]", "f32[9, 4]", "i64[B, S]"}).find("num_heads") !=
        std::string::npos);
  CHECK(infer_error({"RotaryEmbedding", {{"rotary_embedding_dim", number(3)}}}, {"f32[1, 1, 1, 4]", "f32[9, 2]", "f32[9, 2]"}) !=
        "");
  CHECK_THROWS_WITH_AS(run_op({"RotaryEmbedding"}, {ramp({1, 1, 1, 2}), ramp({3, 1}), ramp({3, 1}), i64({1, 1}, {3})}),
                       doctest::Contains("position_ids holds 3"), Error);
}
