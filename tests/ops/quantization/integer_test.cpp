// MatMulInteger, QLinearMatMul, ConvInteger, QLinearConv.
#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
const Tensor kA = u8({2, 3}, {0, 1, 2, 3, 4, 5}), kB = i8({3, 2}, {0, 1, 2, 3, 4, 5});
const Attributes kGroups{{"group", Attribute(std::int64_t{2})}, {"pads", Attribute(Ints{1, 0})}};
}  // namespace

TEST_CASE("matmul integer: zero points per row and column") {
  check_tensor(run_op({"MatMulInteger"}, {kA, kB})[0], i32({2, 2}, {10, 13, 28, 40}));
  check_tensor(run_op({"MatMulInteger"}, {kA, kB, u8({}, {1}), i8({2}, {2, 3})})[0], i32({2, 2}, {4, 4, 4, 4}));
  check_tensor(run_op({"MatMulInteger"}, {kA, kB, u8({2}, {0, 3})})[0], i32({2, 2}, {10, 13, 10, 13}));
  check_tensor(run_op({"MatMulInteger"}, {u8({3}, {1, 2, 3}), kB})[0], i32({2}, {16, 22}));
}

TEST_CASE("qlinear matmul: scales, zero points, rounding (values of onnxruntime)") {
  const auto y = run_op({"QLinearMatMul"}, {kA, f32({}, {0.5f}), u8({}, {1}), kB, f32({2}, {1, 0.5f}), i8({2}, {2, 3}),
                                            f32({}, {0.25f}), u8({}, {7})});
  check_tensor(y[0], u8({2, 2}, {15, 11, 15, 11}));
}

TEST_CASE("integer convolutions: padding holds the zero point (values of onnxruntime)") {
  check_tensor(
      run_op({"ConvInteger", {{"pads", Ints{1, 0}}}}, {u8({1, 1, 4}, {0, 1, 2, 3}), u8({1, 1, 2}, {1, 2}), u8({}, {1})})[0],
      i32({1, 1, 4}, {-2, -1, 2, 5}));
  const auto y = run_op({"QLinearConv", kGroups}, {u8({1, 2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}), f32({}, {0.5f}), u8({}, {2}),
                                                   i8({4, 1, 2}, {1, -2, 3, 4, 5, 6, -7, 8}), f32({4}, {1, 0.5f, 2, 0.25f}),
                                                   i8({4}, {0, 0, 0, 0}), f32({}, {2}), u8({}, {100}), i32({4}, {1, 2, 3, 4})});
  check_tensor(y[0], u8({1, 4, 4}, {101, 100, 100, 100, 99, 99, 100, 101, 108, 116, 121, 126, 101, 101, 101, 101}));
}

TEST_CASE("integer products: shapes and errors") {
  CHECK(infer_op({"MatMulInteger"}, {"u8[B, S, 8]", "i8[8, 4]", "u8[]", "i8[4]"}) == "i32[B, S, 4]");
  CHECK(infer_op({"QLinearMatMul"}, {"u8[B, 8]", "f32[]", "u8[]", "i8[8, 4]", "f32[4]", "i8[4]", "f32[]", "u8[]"}) == "u8[B, 4]");
  CHECK(infer_op({"ConvInteger"}, {"u8[N, 3, H, 8]", "i8[6, 3, 1, 1]"}) == "i32[N, 6, H, 8]");
  CHECK(infer_error({"MatMulInteger"}, {"u8[2, 8]", "i8[7, 4]"}).find("inner dimension") != std::string::npos);
  CHECK(infer_error({"MatMulInteger"}, {"u8[2, 8]", "i8[8, 4]", "u8[3]"}).find("input 2") != std::string::npos);
  CHECK(infer_error({"MatMulInteger"}, {"u8[2, 8]", "i8[8, 4]", "i8[]"}).find("element types") != std::string::npos);
  CHECK(infer_error({"MatMulInteger"}, {"u8[]", "i8[8, 4]"}).find("scalar") != std::string::npos);
  CHECK(infer_error({"MatMulInteger"}, {"f32[2, 8]", "i8[8, 4]"}).find("f32") != std::string::npos);
  CHECK(infer_error({"ConvInteger"}, {"u8[N, 3, 8]", "i8[6, 3, 2]", "u8[3]"}).find("one element") != std::string::npos);
  CHECK(infer_error({"QLinearConv"}, {"u8[N, 3, 8]", "f32[]", "u8[]", "i8[6, 3, 2]", "f32[5]", "i8[6]", "f32[]", "u8[]"})
            .find("input 4") != std::string::npos);
}
