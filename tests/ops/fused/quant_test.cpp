// onnxrun.QuantConv and onnxrun.QuantMatMul.
#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
const Tensor kNone;
const Attributes kToBytes{{"activation", std::string("Relu")}, {"to", number(2)}, {"y_scale", 0.5f}, {"y_zero", number(10)}};
}  // namespace

TEST_CASE("quant matmul: zero points, factors, bias, activation, rounding") {
  const Tensor a = u8({2, 2}, {1, 2, 3, 255}), b = i8({2, 2}, {1, -2, 3, 4}), factor = f32({2}, {0.5f, 0.25f});
  check_tensor(run_op({"onnxrun.QuantMatMul"}, {a, b, factor})[0], f32({2, 2}, {3.5f, 1.5f, 384, 253.5f}));
  // (a - 2) @ b is [-1, 2] and [760, 1010]
  check_tensor(run_op({"onnxrun.QuantMatMul"}, {a, b, factor, f32({2}, {1, 2}), f32({}, {2}), u8({}, {2})})[0],
               f32({2, 2}, {0, 3, 761, 507}));
  check_tensor(run_op({"onnxrun.QuantMatMul", kToBytes}, {a, b, factor, f32({2}, {1, 2}), kNone, u8({}, {2})})[0],
               u8({2, 2}, {11, 15, 255, 255}));
}

TEST_CASE("quant matmul: the sums themselves") {
  check_tensor(run_op({"onnxrun.QuantMatMul", {{"to", number(6)}}}, {u8({1, 2}, {1, 2}), i8({2, 2}, {1, -2, 3, 4}), f32({2}, {1, 1})})[0], i32({1, 2}, {7, 6}));
}

TEST_CASE("quant conv: padding holds the zero point") {
  const Attributes pads{{"pads", Ints{1, 0}}};
  check_tensor(run_op({"onnxrun.QuantConv", pads},
                      {u8({1, 1, 3}, {1, 2, 3}), i8({1, 1, 2}, {1, 2}), f32({1}, {1}), kNone, kNone, u8({}, {1})})[0],
               f32({1, 1, 3}, {0, 2, 5}));
}

TEST_CASE("quant products: types and errors") {
  CHECK(infer_op({"onnxrun.QuantMatMul"}, {"u8[B, S, 4]", "i8[4, 6]", "f32[6]"}) == "f32[B, S, 6]");
  CHECK(infer_op({"onnxrun.QuantMatMul", kToBytes}, {"i8[B, 4]", "i16[4, 6]", "f32[6]", "f32[6]", "f32[]", "i8[1]"}) ==
        "u8[B, 6]");
  CHECK(infer_op({"onnxrun.QuantConv", kToBytes}, {"u8[N, 3, 8, 8]@channels_last", "i8[4, 3, 1, 1]", "f32[4]"}) ==
        "u8[N, 4, 8, 8]@channels_last");
  CHECK(infer_error({"onnxrun.QuantMatMul"}, {"f32[B, 4]", "i8[4, 6]", "f32[6]"}).find("input 0") != std::string::npos);
  CHECK(infer_error({"onnxrun.QuantMatMul"}, {"u8[B, 4]", "u8[4, 6]", "f32[6]"}).find("input 1") != std::string::npos);
  CHECK(infer_error({"onnxrun.QuantMatMul"}, {"u8[B, 4]", "i8[4, 6]", "f32[5]"}).find("input 2") != std::string::npos);
  CHECK(infer_error({"onnxrun.QuantMatMul"}, {"u8[B, 4]", "i8[4, 6]", "f32[6]", "", "", "i8[]"}).find("element types") !=
        std::string::npos);
  CHECK(infer_error({"onnxrun.QuantConv", {{"to", number(7)}}}, {"u8[N, 3, 8]", "i8[4, 3, 1]", "f32[4]"}).find("attribute to") !=
        std::string::npos);
  CHECK(infer_error({"onnxrun.QuantConv", {{"y_scale", 0.0f}}}, {"u8[N, 3, 8]", "i8[4, 3, 1]", "f32[4]"}).find("y_scale") !=
        std::string::npos);
}

TEST_CASE("quant binary: sums and products, rounded to even") {
  Attributes attrs = kToBytes;
  for (const auto& [name, value] :
       Attributes{{"op", std::string("Add")}, {"a_scale", 0.5f}, {"a_zero", number(2)}, {"b_scale", 0.25f}})
    attrs.set(name, value);
  // (a - 2) / 2 + b / 4 = {-0.25, 0.75, 126.75}
  check_tensor(run_op({"onnxrun.QuantBinary", attrs}, {u8({3}, {0, 2, 255}), i8({3}, {3, 3, 1})})[0], u8({3}, {10, 12, 255}));
  attrs.set("op", std::string("Mul"));
  check_tensor(run_op({"onnxrun.QuantBinary", attrs}, {u8({2}, {4, 10}), i8({2}, {4, 5})})[0], u8({2}, {12, 20}));
  CHECK(infer_op({"onnxrun.QuantBinary", attrs}, {"u8[N, 3, 4, 4]@channels_last", "i8[N, 3, 4, 4]@channels_last"}) ==
        "u8[N, 3, 4, 4]@channels_last");
  CHECK(infer_error({"onnxrun.QuantBinary", attrs}, {"u8[3]", "u8[4]"}).find("input 1") != std::string::npos);
  attrs.set("op", std::string("Sub"));
  CHECK(infer_error({"onnxrun.QuantBinary", attrs}, {"u8[3]", "u8[3]"}).find("attribute op") != std::string::npos);
}

TEST_CASE("quant lookup: the bits of a byte are its place") {
  std::vector<std::int8_t> table(256);
  for (int i = 0; i < 256; ++i) table[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i / 2);
  check_tensor(run_op({"onnxrun.QuantLookup"}, {u8({3}, {0, 7, 255}), i8({256}, table)})[0], i8({3}, {0, 3, 127}));
  check_tensor(run_op({"onnxrun.QuantLookup"}, {i8({2}, {-1, 4}), i8({256}, table)})[0], i8({2}, {127, 2}));
  CHECK(infer_op({"onnxrun.QuantLookup"}, {"i8[N, 3, 4, 4]@channels_last", "u8[256]"}) == "u8[N, 3, 4, 4]@channels_last");
  CHECK(infer_error({"onnxrun.QuantLookup"}, {"u8[3]", "u8[255]"}).find("input 1") != std::string::npos);
}
