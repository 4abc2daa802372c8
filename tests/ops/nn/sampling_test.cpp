// DeformConv, MaxUnpool, MaxRoiPool, Col2Im: windows that move elements about.
#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("deform conv: half a pixel off, with bias and mask (values of onnx)") {
  const Tensor offset = f32({1, 8, 2, 2}, std::vector<float>(32, 0.5f));
  const auto y =
      run_op({"DeformConv"}, {ramp({1, 1, 3, 3}), ramp({1, 1, 2, 2}, 1), offset, f32({1}, {1}), ramp({1, 4, 2, 2}, 0, 0.1f)});
  check_tensor(y[0], f32({1, 1, 2, 2}, {44.2f, 36.15f, 39.95f, 31.725f}));
}

TEST_CASE("deform conv: shapes and errors") {
  const OpCase c{"DeformConv", {{"offset_group", std::int64_t{2}}, {"pads", Ints{1, 1, 1, 1}}}};
  CHECK(infer_op(c, {"f32[N, 4, H, 8]", "f32[6, 4, 3, 3]", "f32[N, 36, H, 8]"}) == "f32[N, 6, H, 8]");
  CHECK(infer_error(c, {"f32[N, 4, 8, 8]", "f32[6, 4, 3, 3]", "f32[N, 18, 8, 8]"}).find("input 2") != std::string::npos);
  CHECK(infer_error(c, {"f32[N, 3, 8, 8]", "f32[6, 3, 3, 3]", "f32[N, 36, 8, 8]"}).find("offset groups") != std::string::npos);
  CHECK(infer_error(c, {"f32[N, 4, 8, 8]", "f32[6, 4, 3, 3]", "f32[N, 36, 8, 8]", "", "f32[N, 9, 8, 8]"}).find("input 4") !=
        std::string::npos);
}

TEST_CASE("max unpool: elements go where they came from, also into a larger output") {
  const OpCase c{"MaxUnpool", {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}};
  const Tensor x = f32({1, 1, 2, 1}, {5, 6}), at = i64({1, 1, 2, 1}, {1, 6});
  check_tensor(run_op(c, {x, at})[0], f32({1, 1, 4, 2}, {0, 5, 0, 0, 0, 0, 6, 0}));
  check_tensor(run_op(c, {x, at, i64({4}, {1, 1, 4, 3})})[0], f32({1, 1, 4, 3}, {0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0}));
  CHECK(infer_op(c, {"f32[N, C, H, W]", "i64[N, C, H, W]"}) == "f32[N, C, 2*H, 2*W]");
  CHECK(run_error(c, {x, at, i64({4}, {1, 1, 4, 1})}).find("output_shape") != std::string::npos);
  CHECK(run_error(c, {x, at, i64({3}, {1, 1, 4})}).find("output_shape") != std::string::npos);
  CHECK_THROWS_WITH_AS(run_op(c, {x, i64({1, 1, 2, 1}, {1, 8})}), doctest::Contains("index 8"), Error);
  CHECK(infer_error({"MaxUnpool"}, {"f32[N, C, H, W]", "i64[N, C, H, W]"}).find("kernel_shape") != std::string::npos);
}

TEST_CASE("max roi pool: cells of a region (values of onnxruntime)") {
  const OpCase c{"MaxRoiPool", {{"pooled_shape", Ints{2, 2}}}};
  check_tensor(run_op(c, {ramp({1, 1, 4, 4}), f32({1, 5}, {0, 0, 0, 3, 2})})[0], f32({1, 1, 2, 2}, {5, 7, 9, 11}));
  CHECK(infer_op(c, {"f32[N, C, H, W]", "f32[R, 5]"}) == "f32[R, C, 2, 2]");
  CHECK(infer_error(c, {"f32[N, C, H, W]", "f32[R, 4]"}).find("input 1") != std::string::npos);
  CHECK(infer_error({"MaxRoiPool", {{"pooled_shape", Ints{0, 2}}}}, {"f32[N, C, H, W]", "f32[R, 5]"}).find("pooled_shape") !=
        std::string::npos);
  CHECK_THROWS_WITH_AS(run_op(c, {ramp({1, 1, 4, 4}), f32({1, 5}, {1, 0, 0, 3, 2})}), doctest::Contains("batch item 1"), Error);
}

TEST_CASE("col2im: overlapping blocks add up") {
  check_tensor(run_op({"Col2Im"}, {ramp({1, 2, 3}), i64({2}, {4, 1}), i64({2}, {2, 1})})[0], f32({1, 1, 4, 1}, {0, 4, 6, 5}));
  check_tensor(run_op({"Col2Im"}, {i8({1, 2, 3}, {0, 100, 2, 100, 4, -128}), i64({2}, {4, 1}), i64({2}, {2, 1})})[0], i8({1, 1, 4, 1}, {0, -56, 6, -128}));
  check_tensor(run_op({"Col2Im"}, {Tensor::of<std::complex<float>>({1, 2, 2}, {{1, 2}, {3, 4}, {5, 6}, {7, 8}}), i64({2}, {3, 1}), i64({2}, {2, 1})})[0],
               Tensor::of<std::complex<float>>({1, 1, 3, 1}, {{1, 2}, {8, 10}, {7, 8}}));
  check_tensor(run_op({"Col2Im"}, {Tensor::of<bool>({1, 2, 2}, {true, true, true, false}), i64({2}, {3, 1}), i64({2}, {2, 1})})[0],
               Tensor::of<bool>({1, 1, 3, 1}, {true, true, false}));
  CHECK(infer_error({"Col2Im"}, {"str[1, 2, 2]", "i64[2]", "i64[2]"}).find("input 0 is str, want numbers") != std::string::npos);
  CHECK(run_error({"Col2Im"}, {ramp({1, 2, 4}), i64({2}, {4, 1}), i64({2}, {2, 1})}).find("number of blocks") !=
        std::string::npos);
  CHECK(run_error({"Col2Im"}, {ramp({1, 3, 3}), i64({2}, {4, 1}), i64({2}, {2, 1})}).find("don't divide") != std::string::npos);
  CHECK(run_error({"Col2Im"}, {ramp({1, 2, 3}), i64({2}, {4, 1}), i64({1}, {2})}).find("block_shape") != std::string::npos);
  CHECK(run_error({"Col2Im"}, {ramp({1, 2, 3}), i64({2}, {4, 1}), i64({2}, {0, 1})}).find("kernel") != std::string::npos);
}
