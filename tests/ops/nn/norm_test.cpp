#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("lrn: three neighbouring channels (values of onnxruntime)") {
  const OpCase c{"LRN", {{"size", number(3)}, {"alpha", 0.3f}, {"beta", 0.5f}, {"bias", 2.0f}}};
  check_tensor(run_op(c, {ramp({1, 4, 2, 1})})[0],
               f32({1, 4, 2, 1}, {0, 0.57735f, 1, 1.279204f, 1.450952f, 1.557943f, 2.236068f, 2.283148f}));
  CHECK(infer_error({"LRN", {{"size", number(0)}}}, {"f32[1, 4, 2]"}).find("size is 0") != std::string::npos);
  CHECK(infer_error({"LRN", {{"size", number(1)}}}, {"f32[4]"}).find("rank 2") != std::string::npos);
}

TEST_CASE("lp normalization: p 1 and 2, and zeros stay zeros") {
  const Tensor x = f32({2, 2}, {3, -4, 0, 0});
  check_tensor(run_op({"LpNormalization"}, {x})[0], f32({2, 2}, {0.6f, -0.8f, 0, 0}));
  check_tensor(run_op({"LpNormalization", {{"p", number(1)}, {"axis", number(0)}}}, {x})[0], f32({2, 2}, {1, -1, 0, 0}));
  CHECK(infer_error({"LpNormalization", {{"p", number(3)}}}, {"f32[N]"}).find("p is 3") != std::string::npos);
  CHECK(infer_error({"LpNormalization", {{"axis", number(1)}}}, {"f32[N]"}).find("axis 1") != std::string::npos);
}

TEST_CASE("mean variance normalization: axes 0, 2, 3 (values of onnxruntime)") {
  const Tensor x = f32({2, 2, 1, 2}, {0, 1, 4, 9, 16, 25, 36, 49});
  check_tensor(run_op({"MeanVarianceNormalization"}, {x})[0],
               f32({2, 2, 1, 2}, {-1, -0.904762f, -1.098521f, -0.830589f, 0.52381f, 1.380952f, 0.616243f, 1.312866f}));
  check_tensor(run_op({"MeanVarianceNormalization", {{"axes", Ints{-1}}}}, {f32({1, 2}, {1, 3})})[0], f32({1, 2}, {-1, 1}));
  CHECK(infer_op({"MeanVarianceNormalization"}, {"f32[N, 3, H, W]"}) == "f32[N, 3, H, W]");
  CHECK(infer_error({"MeanVarianceNormalization"}, {"f32[N, 3]"}).find("axis") != std::string::npos);
}

TEST_CASE("rms normalization: divides by the root mean square (values of onnxruntime)") {
  check_tensor(run_op({"RMSNormalization", {{"epsilon", 0.5f}}}, {ramp({2, 3}), f32({3}, {1, 2, 3})})[0],
               f32({2, 3}, {0, 1.358732f, 4.076198f, 0.724066f, 1.930843f, 3.620331f}));
  CHECK(infer_op({"RMSNormalization"}, {"f16[B, S, 8]", "f32[8]"}) == "f32[B, S, 8]");
  CHECK(infer_error({"RMSNormalization"}, {"f32[B, 8]", "f32[7]"}).find("broadcast") != std::string::npos);
  CHECK(infer_error({"RMSNormalization", {{"axis", number(-3)}}}, {"f32[B, 8]", "f32[8]"}).find("axis -3") != std::string::npos);
}

TEST_CASE("hardmax: the first maximum along the axis") {
  const Tensor x = f32({2, 3}, {1, 3, 3, 5, 2, 4});
  check_tensor(run_op({"Hardmax"}, {x})[0], f32({2, 3}, {0, 1, 0, 1, 0, 0}));
  check_tensor(run_op({"Hardmax", {{"axis", number(0)}}}, {x})[0], f32({2, 3}, {0, 1, 0, 1, 0, 1}));
  // Before version 13 everything from `axis` (1) on is one axis.
  check_tensor(run_op({"Hardmax", {}, 1, 11}, {f32({1, 2, 2}, {1, 2, 4, 3})})[0], f32({1, 2, 2}, {0, 0, 1, 0}));
}
