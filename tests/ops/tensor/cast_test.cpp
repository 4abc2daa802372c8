#include <doctest/doctest.h>

#include "engine/base/half.h"
#include "ops/common/convert.h"
#include "ops/common/number_text.h"
#include "tests/support/check_backends.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"

namespace onnxrun::test {
namespace {

TEST_CASE("cast: floating point to integers: towards zero, into range, NaN is 0") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %x = const f32[7] {-1.9, 2.9, 300.0, -300.0, nan, inf, 1e20}
    %a = Cast(%x) {to = 3} %b = Cast(%x) {to = 2} %c = Cast(%x) {to = 7} %d = Cast(%x) {to = 9} })");
  CHECK(difference(y[0], Tensor::of<std::int8_t>({7}, {-1, 2, 127, -128, 0, 127, 127})).empty());
  CHECK(difference(y[1], Tensor::of<std::uint8_t>({7}, {0, 2, 255, 0, 0, 255, 255})).empty());
  CHECK(difference(y[2], Tensor::of<std::int64_t>({7}, {-1, 2, 300, -300, 0, INT64_MAX, INT64_MAX})).empty());
  CHECK(difference(y[3], Tensor::of<bool>({7}, {true, true, true, true, true, true, true})).empty());
}

TEST_CASE("cast: integers keep their low bits, bools are 0 and 1") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %x = const i16[3] {200, -1, 0} %a = Cast(%x) {to = 3} %b = Cast(%x) {to = 12} %c = Cast(%x) {to = 9}
    %p = const bool[2] {true, false} %d = Cast(%p) {to = 10} })");
  CHECK(difference(y[0], Tensor::of<std::int8_t>({3}, {-56, -1, 0})).empty());
  CHECK(difference(y[1], Tensor::of<std::uint32_t>({3}, {200, 4294967295u, 0})).empty());
  CHECK(difference(y[2], Tensor::of<bool>({3}, {true, true, false})).empty());
  CHECK(difference(y[3], Tensor::of<Float16>({2}, {Float16(1), Float16(0)})).empty());
}

TEST_CASE("cast: every pair of number types") {
  const char* types[] = {"f32", "f64", "f16", "bf16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bool"};
  const int codes[] = {1, 11, 10, 16, 3, 5, 6, 7, 2, 4, 12, 13, 9};
  for (const char* from : types) {
    for (const int to : codes) {
      check_on_every_backend(std::string("graph(%x: ") + from + "[3, 5]) -> (%y) { %y = Cast(%x) {to = " + std::to_string(to) + "} }",
                             {.ranges = {{"x", {0, 100}}}});
    }
  }
  check_on_every_backend("graph(%x: f32[2, 3, 4, 5]@channels_last) -> (%y) { %y = Cast(%x) {to = 10} }");
}

TEST_CASE("cast: double to 16 bits is rounded once") {
  // Just above the middle between 1 and the next float16: rounding to float first would lose the difference.
  const double above = 1 + 0x1p-11 + 0x1p-40;
  CHECK(convert_element<Float16>(above).bits == 0x3c01);
  CHECK(convert_element<Float16>(1 + 0x1p-11).bits == 0x3c00);
  CHECK(convert_element<BFloat16>(1 + 0x1p-8 + 0x1p-40).bits == 0x3f81);
  CHECK(convert_element<Float16>(1e9).bits == 0x7c00);
}

TEST_CASE("cast: numbers as text") {
  CHECK(number_text(0.1f) == "0.1");
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(-std::numeric_limits<double>::infinity()) == "-INF");
  CHECK(number_text(std::numeric_limits<float>::quiet_NaN()) == "NaN");
  CHECK(number_from_text(" +1.5e-3 ") == 1.5e-3);
  CHECK(number_from_text("+Inf") == std::numeric_limits<double>::infinity());
  CHECK(number_from_text("-INF") == -std::numeric_limits<double>::infinity());
  CHECK(number_from_text("1e999") == std::numeric_limits<double>::infinity());
  CHECK(number_from_text("-1e-999") == 0);
  CHECK(integer_from_text("9223372036854775807") == INT64_MAX);
  CHECK(integer_from_text("100.5") == 100);
  CHECK(unsigned_from_text("18446744073709551615") == UINT64_MAX);
  for (const char* bad : {"", " ", "Hello World!", "1.5x", "+-1", "0x10"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(number_from_text(bad), Error);
  }
}

TEST_CASE("cast: strings both ways") {
  const auto y = results_of(R"(graph() -> (%a, %b, %c, %d) {
    %s = const str[3] {"3.25", "-7", "nan"} %a = Cast(%s) {to = 1}
    %t = const str[2] {"255", "9007199254740993"} %b = Cast(%t) {to = 7}
    %x = const f32[3] {0.47892547, -1e-05, inf} %c = Cast(%x) {to = 8} %i = const i8[1] {-5} %d = Cast(%i) {to = 8} })");
  CHECK(difference(y[0], Tensor::of<float>({3}, {3.25f, -7, std::numeric_limits<float>::quiet_NaN()})).empty());
  CHECK(difference(y[1], Tensor::of<std::int64_t>({2}, {255, 9007199254740993})).empty());
  CHECK(difference(y[2], Tensor::of<std::string>({3}, {"0.47892547", "-1e-05", "INF"})).empty());
  CHECK(difference(y[3], Tensor::of<std::string>({1}, {"-5"})).empty());
  CHECK(run_error_of("graph() -> (%y) { %s = const str[1] {\"one\"} %y = Cast(%s) {to = 6} }").find("cannot read \"one\"") != std::string::npos);
}

TEST_CASE("cast: types that C++ has no name for") {
  const auto bytes = [](const std::string& constant, const std::string& attrs) {
    const auto y = results_of("graph() -> (%y) { %x = const " + constant + " %y = Cast(%x) {" + attrs + "} }");
    const auto* data = static_cast<const std::uint8_t*>(y[0].data());
    return std::vector<int>(data, data + y[0].bytes());
  };
  // Integers of 4 and 2 bits keep the low bits, packed from the low end.
  CHECK(bytes("f32[5] {-9.0, 7.9, 8.0, -1.0, 15.0}", "to = 22") == std::vector<int>{0x77, 0xf8, 0x0f});
  CHECK(bytes("i32[5] {-3, -1, 0, 2, 3}", "to = 25") == std::vector<int>{0x8d, 0x03});
  CHECK(bytes("f32[4] {1.0, -2.0, inf, nan}", "to = 17") == std::vector<int>{0x38, 0xc0, 0x7e, 0x7f});
  CHECK(bytes("f32[4] {1.0, -2.0, inf, nan}", "to = 19, saturate = 0") == std::vector<int>{0x3c, 0xc0, 0x7c, 0x7e});
  CHECK(bytes("str[2] {\"1.5\", \"-6\"}", "to = 23") == std::vector<int>{0xf3});
  CHECK(bytes("f32[5] {1.0, -3.0, 6.0, -inf, 0.125}", "to = 27") == std::vector<int>{0x08, 0xcd, 0xfd, 0x01});
  CHECK(bytes("f6e3m2[3] {12, 63, 3}", "to = 23") == std::vector<int>{0xf2, 0x00});
  CHECK(bytes("f32[6] {1.0, 2.5, 3.5, 0.0, inf, nan}", "to = 24") == std::vector<int>{127, 129, 129, 0, 254, 255});
  CHECK(bytes("f32[5] {2.5, 3.0, 3.5, 0.0, inf}", "to = 24, round_mode = \"nearest\", saturate = 0") == std::vector<int>{128, 129, 129, 255, 255});
  CHECK(bytes("f32[2] {2.5, 3.5}", "to = 24, round_mode = \"down\"") == std::vector<int>{128, 128});
  const auto y = results_of("graph() -> (%a, %b, %c) { %i = const i4[3] {-8, 7, -1} %a = Cast(%i) {to = 1} %u = const u2[3] {0, 1, 3} %b = Cast(%u) {to = 8} %c = Cast(%u) {to = 9} }");
  CHECK(difference(y[0], Tensor::of<float>({3}, {-8, 7, -1})) == "");
  CHECK(difference(y[1], Tensor::of<std::string>({3}, {"0", "1", "3"})) == "");
  CHECK(difference(y[2], Tensor::of<bool>({3}, {false, true, true})) == "");
}

TEST_CASE("bit_cast: the same bits") {
  const auto y = results_of("graph() -> (%a, %b) { %x = const f32[2] {1.0, -0.0} %a = BitCast(%x) {to = 6} %h = const bf16[1] {1.0} %b = BitCast(%h) {to = 5} }");
  CHECK(difference(y[0], Tensor::of<std::int32_t>({2}, {0x3f800000, INT32_MIN})) == "");
  CHECK(difference(y[1], Tensor::of<std::int16_t>({1}, {0x3f80})) == "");
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %y = BitCast(%x) {to = 7} }").find("f32 has 32 bits, i64 has 64") != std::string::npos);
  CHECK(error_of("graph(%x: str[2]) -> (%y) { %y = BitCast(%x) {to = 7} }").find("strings have no bits") != std::string::npos);
}

TEST_CASE("cast: shape arithmetic, old forms, wrong types") {
  CHECK(types_of("graph(%x: f32[N, 6]) -> (%a, %b, %c) { %s = Shape(%x) %a = Cast(%s) {to = 6} %b = Cast(%a) {to = 7} %c = Cast(%s) {to = 1} }") ==
        "i32[2] = {N, 6}; i64[2] = {N, 6}; f32[2]");
  CHECK(types_of("graph(%x: f32[N, 8, 4, 4]@channels_last) -> (%y) { %y = Cast(%x) {to = 16} }") == "bf16[N, 8, 4, 4]@channels_last");
  CHECK(upgraded("Cast", 1, {"f32[N]"}, {{"to", std::string("INT64")}}) == "%0 = Cast(%x0) {to = 7}");
  CHECK(upgraded("CastLike", 15, {"f32[N]", "f16[2]"}) == "%0 = Cast(%x0) {to = 10}");
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %y = Cast(%x) {to = 99} }").find("to = 99 is not an element type") != std::string::npos);
  CHECK(error_of("graph(%x: f32[2]) -> (%y) { %y = Cast(%x) }").find("attribute to is missing") != std::string::npos);
}

}  // namespace
}  // namespace onnxrun::test
