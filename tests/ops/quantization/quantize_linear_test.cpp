#include <doctest/doctest.h>

#include "engine/base/half.h"
#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
Tensor packed(DType dtype, Shape shape, std::vector<std::uint8_t> bytes) {
  Tensor t(dtype, std::move(shape));
  std::copy(bytes.begin(), bytes.end(), static_cast<std::uint8_t*>(t.data()));
  return t;
}
}  // namespace

TEST_CASE("quantize linear: one scale, ties to even, saturation") {
  check_tensor(run_op({"QuantizeLinear"}, {f32({6}, {-1, 0.5f, 1.5f, 2.5f, 300, 1000}), f32({}, {1})})[0],
               u8({6}, {0, 0, 2, 2, 255, 255}));
  check_tensor(run_op({"QuantizeLinear"}, {f32({3}, {-300, 1, 300}), f32({1}, {2}), i8({1}, {10})})[0], i8({3}, {-128, 10, 127}));
  check_tensor(run_op({"QuantizeLinear", {{"output_dtype", number(5)}}}, {f32({2}, {-3, 70000}), f32({}, {1})})[0], [] {
    Tensor t(DType::kInt16, {2});
    t.view<std::int16_t>()[0] = -3;
    t.view<std::int16_t>()[1] = 32767;
    return t;
  }());
}

TEST_CASE("quantize linear: one scale per place of the axis (values of onnxruntime)") {
  check_tensor(
      run_op({"QuantizeLinear", {{"axis", number(1)}}}, {ramp({2, 3}, -3, 1.25f), f32({3}, {0.5f, 1, 2}), i8({3}, {1, 2, 3})})[0],
      i8({2, 3}, {-5, 0, 3, 3, 4, 5}));
}

TEST_CASE("quantize linear: 4-bit integers are packed, the first in the low bits") {
  const Tensor zero = packed(DType::kInt4, {}, {0});
  check_tensor(run_op({"QuantizeLinear"}, {f32({3}, {-9, 3, 7.4f}), f32({}, {1}), zero})[0],
               packed(DType::kInt4, {3}, {0x38, 0x07}));
  check_tensor(run_op({"QuantizeLinear", {{"output_dtype", number(21)}}}, {f32({3}, {-9, 3, 20}), f32({}, {1})})[0],
               packed(DType::kUInt4, {3}, {0x30, 0x0f}));
}

TEST_CASE("quantize linear: 8-bit floats saturate or overflow") {
  const Tensor x = f32({5}, {1, -1.0625f, 448, 1000, 0.001953125f}), one = f32({}, {1});
  const Tensor zero = packed(DType::kFloat8E4M3FN, {}, {0});
  check_tensor(run_op({"QuantizeLinear"}, {x, one, zero})[0], packed(DType::kFloat8E4M3FN, {5}, {0x38, 0xb8, 0x7e, 0x7e, 0x01}));
  check_tensor(run_op({"QuantizeLinear", {{"saturate", number(0)}}}, {x, one, zero})[0],
               packed(DType::kFloat8E4M3FN, {5}, {0x38, 0xb8, 0x7e, 0x7f, 0x01}));
  check_tensor(run_op({"QuantizeLinear"}, {f32({3}, {1, -3, 6}), one, packed(DType::kFloat4E2M1, {}, {0})})[0],
               packed(DType::kFloat4E2M1, {3}, {0xd2, 0x07}));
}

TEST_CASE("quantize linear: 6-bit floats, four of which lie in three bytes") {
  const Tensor one = f32({}, {1}), three = packed(DType::kFloat6E2M3, {3}, {0x08, 0xcd, 0x01}), five = packed(DType::kFloat6E3M2, {5}, {0xdf, 0x3f, 0x30, 0x01});
  check_tensor(run_op({"QuantizeLinear"}, {f32({3}, {1, -3, 6}), one, packed(DType::kFloat6E2M3, {}, {0})})[0], three);
  check_tensor(run_op({"DequantizeLinear"}, {three, one})[0], f32({3}, {1, -3, 6}));
  check_tensor(run_op({"QuantizeLinear", {{"output_dtype", number(28)}}}, {f32({5}, {100, -30, 0.2f, 1, 0.05f}), one})[0], five);
  check_tensor(run_op({"DequantizeLinear"}, {five, one})[0], f32({5}, {28, -28, 0.1875f, 1, 0.0625f}));
}

TEST_CASE("dequantize linear: whole, by axis, by block") {
  check_tensor(run_op({"DequantizeLinear"}, {u8({3}, {0, 3, 255}), f32({}, {0.5f}), u8({}, {128})})[0],
               f32({3}, {-64, -62.5f, 63.5f}));
  check_tensor(run_op({"DequantizeLinear", {{"axis", number(0)}}}, {i8({2, 2}, {1, 2, 3, 4}), f32({2}, {1, 10})})[0],
               f32({2, 2}, {1, 2, 30, 40}));
  const OpCase blocks{"DequantizeLinear", {{"axis", number(1)}, {"block_size", number(2)}}};
  check_tensor(run_op(blocks, {i8({2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}), f32({2, 2}, {1, 2, 3, 4}), i8({2, 2}, {0, 1, 2, 3})})[0],
               f32({2, 4}, {0, 1, 2, 4, 6, 9, 12, 16}));
  check_tensor(run_op({"DequantizeLinear"}, {packed(DType::kInt4, {3}, {0x38, 0x07}), f32({}, {2})})[0], f32({3}, {-16, 6, 14}));
  check_tensor(run_op({"DequantizeLinear"}, {i32({2}, {-5, 7}), f32({}, {0.5f})})[0], f32({2}, {-2.5f, 3.5f}));
}

TEST_CASE("dequantize linear: 8-bit floats, their infinities and NaN") {
  const Tensor one = f32({}, {1});
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  check_tensor(run_op({"DequantizeLinear"}, {packed(DType::kFloat8E5M2, {4}, {0x3c, 0xfc, 0x7d, 0x01}), one})[0],
               f32({4}, {1, -inf, nan, 1.52587890625e-05f}));
  check_tensor(run_op({"DequantizeLinear"}, {packed(DType::kFloat8E4M3FNUZ, {3}, {0x40, 0x80, 0x7f}), one})[0],
               f32({3}, {1, nan, 240}));
  check_tensor(run_op({"DequantizeLinear"}, {packed(DType::kFloat4E2M1, {2}, {0xf2}), one})[0], f32({2}, {1, -6}));
}

TEST_CASE("quantization: types, shapes, errors") {
  CHECK(infer_op({"QuantizeLinear"}, {"f32[N, 4]", "f32[]"}) == "u8[N, 4]");
  CHECK(infer_op({"QuantizeLinear"}, {"f16[N, 4]", "f16[4]", "i8[4]"}) == "i8[N, 4]");
  CHECK(infer_op({"DequantizeLinear"}, {"u8[N, 4]", "f16[4]"}) == "f16[N, 4]");
  CHECK(infer_op({"DequantizeLinear", {{"output_dtype", number(16)}}}, {"u8[N, 4]", "f32[]"}) == "bf16[N, 4]");
  CHECK(infer_error({"QuantizeLinear"}, {"f32[N, 4]", "f32[3]"}).find("[4]") != std::string::npos);
  CHECK(infer_error({"QuantizeLinear"}, {"f32[N, 4]", "f32[4]", "u8[3]"}).find("input 2") != std::string::npos);
  CHECK(infer_error({"QuantizeLinear", {{"axis", number(5)}}}, {"f32[N, 4]", "f32[4]"}).find("axis 5") != std::string::npos);
  CHECK(infer_error({"QuantizeLinear", {{"block_size", number(-1)}}}, {"f32[N, 4]", "f32[4]"}).find("block_size") !=
        std::string::npos);
  CHECK(infer_error({"QuantizeLinear", {{"block_size", number(2)}}}, {"f32[2, 5]", "f32[2, 2]"}).find("[2, 3]") !=
        std::string::npos);
  CHECK(infer_error({"QuantizeLinear", {{"output_dtype", number(2)}}}, {"f32[N, 4]", "f32[]", "i8[]"}).find("output_dtype") !=
        std::string::npos);
  CHECK(infer_error({"QuantizeLinear"}, {"f32[4]", "f32[]", "f32[]"}).find("f32") != std::string::npos);
  CHECK(infer_error({"QuantizeLinear"}, {"f32[]", "f32[3]"}).find("scalar") != std::string::npos);
  CHECK(infer_error({"DequantizeLinear"}, {"f32[4]", "f32[]"}).find("f32") != std::string::npos);
  CHECK(infer_error({"DequantizeLinear"}, {"u8[4]", "f32[]", "i8[]"}).find("element types") != std::string::npos);
}

TEST_CASE("dynamic quantize linear: the range holds zero (values of onnxruntime)") {
  const auto y = run_op({"DynamicQuantizeLinear", {}, 3}, {f32({4}, {-1, 0, 2, 2.5f})});
  check_tensor(y[0], u8({4}, {0, 73, 219, 255}));
  check_tensor(y[1], f32({}, {0.0137255f}));
  check_tensor(y[2], u8({}, {73}));
  check_tensor(run_op({"DynamicQuantizeLinear", {}, 3}, {f32({2}, {0, 0})})[0], u8({2}, {0, 0}));
  CHECK(infer_op({"DynamicQuantizeLinear", {}, 3}, {"f32[N, 4]"}) == "u8[N, 4]; f32[]; u8[]");
}
