#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("biased: the Gelu family becomes Add, Gelu and Swish (values of onnxruntime)") {
  const Tensor x = f32({1, 2}, {1, -1});
  check_tensor(run_op({"com.microsoft.Gelu"}, {x})[0], f32({1, 2}, {0.841345f, -0.158655f}));
  check_tensor(run_op({"com.microsoft.BiasGelu"}, {x, f32({2}, {0, 0.5f})})[0], f32({1, 2}, {0.841345f, -0.154269f}));
  check_tensor(run_op({"com.microsoft.FastGelu"}, {x})[0], f32({1, 2}, {0.841192f, -0.158808f}));
  check_tensor(run_op({"com.microsoft.QuickGelu", {{"alpha", 1.0f}}}, {x})[0], f32({1, 2}, {0.731059f, -0.268941f}));
  CHECK(operators_of({"com.microsoft.BiasGelu"}, {"f32[N, 8]", "f32[8]"}) == "Add Gelu");
  CHECK(operators_of({"com.microsoft.FastGelu"}, {"f32[N, 8]", "f32[8]"}) == "Add Gelu");
  CHECK(operators_of({"com.microsoft.FastGelu"}, {"f32[N, 8]"}) == "Gelu");
  CHECK(operators_of({"com.microsoft.QuickGelu"}, {"f32[N, 8]"}) == "Swish");
}

TEST_CASE("biased: sums, dropouts and the softmax of several dimensions") {
  check_tensor(run_op({"com.microsoft.BiasAdd"}, {f32({1, 2}, {1, 2}), f32({2}, {3, 4}), f32({1, 2}, {5, 6})})[0],
               f32({1, 2}, {9, 12}));
  check_tensor(run_op({"com.microsoft.BiasDropout"}, {f32({1, 2}, {1, 2}), f32({2}, {3, 4}), f32({1, 2}, {5, 6})})[0],
               f32({1, 2}, {9, 12}));
  const Tensor zeros = f32({1, 2, 2}, {0, 0, 0, 0});
  check_tensor(run_op({"com.microsoft.BiasSoftmax", {{"axis", std::int64_t{2}}}}, {zeros, zeros})[0],
               f32({1, 2, 2}, {0.5f, 0.5f, 0.5f, 0.5f}));
  check_tensor(run_op({"com.microsoft.BiasSoftmax", {{"axis", std::int64_t{1}}}}, {zeros, zeros})[0],
               f32({1, 2, 2}, {0.25f, 0.25f, 0.25f, 0.25f}));
  CHECK(operators_of({"com.microsoft.BiasSoftmax", {{"axis", std::int64_t{3}}}}, {"f32[B, 12, S, S]", "f32[B, 1, 1, S]"}) ==
        "Add Softmax");
  check_tensor(run_op({"com.microsoft.BiasSplitGelu"}, {f32({1, 1, 2}, {3, 1}), f32({2}, {0, 0})})[0],
               f32({1, 1, 1}, {3 * 0.841345f}));
}

TEST_CASE("biased: missing inputs are errors") {
  for (const char* name :
       {"Gelu", "FastGelu", "BiasGelu", "QuickGelu", "BiasSplitGelu", "BiasAdd", "BiasDropout", "BiasSoftmax"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(infer_op({std::string("com.microsoft.") + name}, {}), Error);
  }
}
