#include "ops/common/small_numbers.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace onnxrun;

TEST_CASE("small numbers: every code that is a number is its own nearest") {
  for (const DType dtype : {DType::kFloat8E4M3FN, DType::kFloat8E4M3FNUZ, DType::kFloat8E5M2, DType::kFloat8E5M2FNUZ,
                            DType::kFloat4E2M1, DType::kFloat8E8M0, DType::kInt4, DType::kUInt4, DType::kInt2, DType::kUInt2, DType::kFloat6E2M3,
                            DType::kFloat6E3M2}) {
    CAPTURE(dtype_name(dtype));
    for (int code = 0; code < 1 << dtype_bits(dtype); ++code) {
      const double value = decode_small(dtype, static_cast<std::uint8_t>(code));
      if (std::isnan(value)) continue;
      CAPTURE(code);
      CHECK(encode_small(dtype, value, false) == code);
    }
  }
}

TEST_CASE("small numbers: largest values") {
  CHECK(decode_small(DType::kFloat8E4M3FN, 0x7e) == 448);
  CHECK(decode_small(DType::kFloat8E4M3FNUZ, 0x7f) == 240);
  CHECK(decode_small(DType::kFloat8E5M2, 0x7b) == 57344);
  CHECK(decode_small(DType::kFloat8E5M2FNUZ, 0x7f) == 57344);
  CHECK(decode_small(DType::kFloat4E2M1, 0x7) == 6);
  CHECK(decode_small(DType::kFloat6E2M3, 0x1f) == 7.5);
  CHECK(decode_small(DType::kFloat6E3M2, 0x3f) == -28);
  CHECK(decode_small(DType::kFloat8E8M0, 127) == 1);
}

TEST_CASE("small numbers: ties go to the even code, what is too large saturates or overflows") {
  CHECK(encode_small(DType::kFloat8E4M3FN, 1.0625) == 0x38);
  CHECK(encode_small(DType::kFloat8E4M3FN, 1.1875) == 0x3a);
  CHECK(encode_small(DType::kFloat4E2M1, 0.25) == 0);
  CHECK(encode_small(DType::kFloat4E2M1, 0.75) == 2);
  CHECK(encode_small(DType::kFloat6E2M3, 1.0625) == 8);
  CHECK(encode_small(DType::kFloat6E2M3, -100, false) == 0x3f);
  CHECK(encode_small(DType::kFloat6E3M2, 0.03125) == 0);
  CHECK(encode_small(DType::kFloat8E5M2, 1e9) == 0x7b);
  CHECK(encode_small(DType::kFloat8E5M2, -1e9, false) == 0xfc);
  CHECK(encode_small(DType::kFloat8E5M2FNUZ, -1e9, false) == 0x80);
  CHECK(encode_small(DType::kFloat8E4M3FN, std::numeric_limits<double>::quiet_NaN()) == 0x7f);
  CHECK(encode_small(DType::kFloat8E4M3FNUZ, -1e-9) == 0);
  CHECK(encode_small(DType::kInt4, -100) == 0x8);
  CHECK(encode_small(DType::kInt4, 2.5) == 2);
  CHECK(encode_small(DType::kUInt2, 9) == 3);
}
