#include "engine/import/tensor_proto.h"

#include <doctest/doctest.h>

#include <cstring>

#include "engine/base/half.h"
#include "engine/import/import.h"
#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

using P = onnx::TensorProto;

Tensor read(P tensor) { return TensorReader(std::nullopt, nullptr).read(tensor); }

std::string error_of(P tensor) {
  try {
    read(std::move(tensor));
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kBadModel);
    return e.what();
  }
  return "no error";
}

// What the tensor's memory holds, byte by byte.
std::string bytes_of(const Tensor& t) { return {static_cast<const char*>(t.data()), t.bytes()}; }

TEST_CASE("tensor_proto: raw_data of every element type is taken as it is") {
  for (int dtype = 1; dtype <= 26; ++dtype) {
    if (dtype == P::STRING) continue;
    CAPTURE(dtype);
    const auto bytes = dtype_bytes(static_cast<DType>(dtype), 5);
    const std::string raw(bytes, '\1');
    const Tensor t = read(raw_tensor("w", dtype, {5}, raw));
    CHECK(t.dtype() == static_cast<DType>(dtype));
    CHECK(t.shape() == Shape{5});
    CHECK(bytes_of(t) == raw);
    CHECK(error_of(raw_tensor("w", dtype, {5}, raw.substr(1))).find("bytes are stored, want") != std::string::npos);
    CHECK(error_of(raw_tensor("w", dtype, {5}, raw + "x")).find("bytes are stored, want") != std::string::npos);
  }
}

TEST_CASE("tensor_proto: elements are stored once") {
  P twice = float_tensor("w", {1}, {2});
  twice.set_raw_data("abcd");
  CHECK(error_of(twice) == "the tensor is stored twice: in raw_data and in a typed field");
  twice.set_raw_data("");
  CHECK(read(twice).view<float>()[0] == 2.0f);
}

TEST_CASE("tensor_proto: large raw_data is moved, not copied") {
  P proto = raw_tensor("w", P::FLOAT, {4096}, std::string(4 * 4096, '\0'));
  const void* before = proto.raw_data().data();
  const Tensor t = TensorReader(std::nullopt, nullptr).read(proto);
  CHECK(t.data() == before);
}

TEST_CASE("tensor_proto: every typed field holds its element types") {
  P f = new_tensor("w", P::FLOAT, {2});
  f.add_float_data(1.5f);
  f.add_float_data(-2.0f);
  CHECK(read(f).view<float>()[1] == -2.0f);

  P c = new_tensor("w", P::COMPLEX64, {1});
  c.add_float_data(1.0f);
  c.add_float_data(2.0f);
  CHECK(read(c).view<std::complex<float>>()[0] == std::complex<float>(1, 2));
  c.set_data_type(P::COMPLEX128);
  CHECK(error_of(c) == "double_data has 0 values, want 2");
  c.add_double_data(3);
  c.add_double_data(4);
  CHECK(read(c).view<std::complex<double>>()[0] == std::complex<double>(3, 4));

  P d = new_tensor("w", P::DOUBLE, {});
  d.add_double_data(0.25);
  CHECK(read(d).view<double>()[0] == 0.25);
  CHECK(read(d).shape().empty());

  P i = new_tensor("w", P::INT64, {2});
  i.add_int64_data(-1);
  i.add_int64_data(std::int64_t{1} << 40);
  CHECK(read(i).view<std::int64_t>()[1] == std::int64_t{1} << 40);

  P u = new_tensor("w", P::UINT32, {1});
  u.add_uint64_data(0xffffffffu);
  CHECK(read(u).view<std::uint32_t>()[0] == 0xffffffffu);
  u.set_data_type(P::UINT64);
  CHECK(read(u).view<std::uint64_t>()[0] == 0xffffffffu);

  P s = new_tensor("w", P::STRING, {2});
  s.add_string_data(std::string("a"));
  s.add_string_data(std::string("b\0c", 3));
  CHECK(read(s).view<std::string>()[1] == std::string("b\0c", 3));
  CHECK(error_of(raw_tensor("w", P::STRING, {1}, "abc")) == "strings are stored as raw_data, want string_data");
}

TEST_CASE("tensor_proto: int32_data holds narrow integers, bools and the bits of small floats") {
  const auto of = [](int dtype, std::initializer_list<std::int64_t> dims, std::vector<int> values) {
    P p = new_tensor("w", dtype, dims);
    for (const int v : values) p.add_int32_data(v);
    return p;
  };
  CHECK(read(of(P::INT32, {2}, {-5, 7})).view<std::int32_t>()[0] == -5);
  CHECK(read(of(P::INT16, {2}, {-5, 7})).view<std::int16_t>()[0] == -5);
  CHECK(read(of(P::INT8, {2}, {-5, 7})).view<std::int8_t>()[0] == -5);
  CHECK(read(of(P::UINT16, {1}, {65535})).view<std::uint16_t>()[0] == 65535);
  CHECK(read(of(P::UINT8, {1}, {255})).view<std::uint8_t>()[0] == 255);
  CHECK(bytes_of(read(of(P::BOOL, {3}, {0, 1, 256}))) == std::string("\0\1\1", 3));
  CHECK(static_cast<float>(read(of(P::FLOAT16, {1}, {0x3e00})).view<Float16>()[0]) == 1.5f);
  CHECK(static_cast<float>(read(of(P::BFLOAT16, {1}, {0x3fc0})).view<BFloat16>()[0]) == 1.5f);
  for (const int dtype : {P::FLOAT8E4M3FN, P::FLOAT8E4M3FNUZ, P::FLOAT8E5M2, P::FLOAT8E5M2FNUZ, P::FLOAT8E8M0}) {
    CHECK(bytes_of(read(of(dtype, {2}, {0x81, 0x7f}))) == "\x81\x7f");
  }
  // Two elements of 4 bits, or four of 2 bits, in each number.
  for (const int dtype : {P::UINT4, P::INT4, P::FLOAT4E2M1}) {
    CHECK(bytes_of(read(of(dtype, {3}, {0x21, 0x03}))) == "\x21\x03");
    CHECK(error_of(of(dtype, {3}, {1, 2, 3})) == "int32_data has 3 values, want 2");
  }
  // Floats of 6 bits come one by one, and packed only as raw_data.
  for (const int dtype : {P::FLOAT6E2M3, P::FLOAT6E3M2}) {
    CHECK(bytes_of(read(of(dtype, {5}, {8, 52, 28, 63, 1}))) == "\x08\xcd\xfd\x01");
    CHECK(bytes_of(read(raw_tensor("w", dtype, {5}, "\x08\xcd\xfd\x01"))) == "\x08\xcd\xfd\x01");
    CHECK(error_of(raw_tensor("w", dtype, {5}, "abc")).starts_with("3 bytes are stored, want 4 for f6e"));
  }
  for (const int dtype : {P::UINT2, P::INT2}) CHECK(bytes_of(read(of(dtype, {5}, {0xe4, 0x01}))) == "\xe4\x01");
  CHECK(error_of(of(P::INT8, {4}, {1, 2, 3})) == "int32_data has 3 values, want 4");
}

TEST_CASE("tensor_proto: bytes of bools that are neither 0 nor 1 become 1") {
  CHECK(bytes_of(read(raw_tensor("w", P::BOOL, {3}, std::string("\0\2\xff", 3)))) == std::string("\0\1\1", 3));
}

TEST_CASE("tensor_proto: empty tensors and scalars") {
  CHECK(read(new_tensor("w", P::FLOAT, {0, 3})).size() == 0);
  CHECK(read(new_tensor("w", P::STRING, {0})).size() == 0);
  CHECK(read(raw_tensor("w", P::INT8, {}, "\x05")).view<std::int8_t>()[0] == 5);
  CHECK(error_of(new_tensor("w", P::FLOAT, {})) == "float_data has 0 values, want 1");
}

TEST_CASE("tensor_proto: sizes that can't be are errors, and nothing is allocated for them") {
  CHECK(error_of(raw_tensor("w", P::FLOAT, {-1}, "")) == "dimension -1 of the shape is negative");
  const std::int64_t huge = std::int64_t{1} << 40;
  CHECK(error_of(raw_tensor("w", P::FLOAT, {huge, huge}, "abcd")) ==
        "the shape [1099511627776, 1099511627776] has too many elements");
  CHECK(error_of(raw_tensor("w", P::FLOAT, {huge}, "abcd")).find("4 bytes are stored, want 4398046511104") == 0);
  CHECK(error_of(new_tensor("w", P::INT8, {huge})) == "int32_data has 0 values, want 1099511627776");
  CHECK(error_of(new_tensor("w", P::STRING, {huge})) == "string_data has 0 values, want 1099511627776");
  CHECK(read(raw_tensor("w", P::FLOAT, {huge, huge, 0}, "")).size() == 0);
}

TEST_CASE("tensor_proto: unknown element types") {
  CHECK(error_of(new_tensor("w", 0, {1})) == "element type 0 is not one of ONNX");
  CHECK(error_of(new_tensor("w", 99, {1})) == "element type 99 is not one of ONNX");
  CHECK(error_of(new_tensor("w", -7, {1})) == "element type -7 is not one of ONNX");
  CHECK(error_of(new_tensor("w", 29, {1})) == "element type 29 is not one of ONNX");
}

onnx::SparseTensorProto sparse(std::initializer_list<std::int64_t> dims, std::vector<float> values, std::vector<std::int64_t> indices,
                               std::initializer_list<std::int64_t> index_dims) {
  onnx::SparseTensorProto s;
  const auto n = static_cast<std::int64_t>(values.size());
  *s.mutable_values() = float_tensor("w", {n}, std::move(values));
  *s.mutable_indices() = new_tensor("", P::INT64, index_dims);
  for (const std::int64_t i : indices) s.mutable_indices()->add_int64_data(i);
  for (const std::int64_t d : dims) s.add_dims(d);
  return s;
}

std::string sparse_error(onnx::SparseTensorProto s) {
  try {
    TensorReader(std::nullopt, nullptr).read(s);
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kBadModel);
    return e.what();
  }
  return "no error";
}

TEST_CASE("tensor_proto: sparse tensors become dense, by position or by coordinates") {
  for (auto s : {sparse({2, 3}, {1, 2}, {1, 5}, {2}), sparse({2, 3}, {1, 2}, {0, 1, 1, 2}, {2, 2})}) {
    const Tensor t = TensorReader(std::nullopt, nullptr).read(s);
    const auto v = t.view<float>();
    CHECK(std::vector<float>(v.begin(), v.end()) == std::vector<float>{0, 1, 0, 0, 0, 2});
  }
  CHECK(sparse_error(sparse({2, 3}, {1, 2}, {1, 6}, {2})).find("index 6 is out of range") != std::string::npos);
  CHECK(sparse_error(sparse({2, 3}, {1, 2}, {-1, 5}, {2})).find("index -1 is out of range") != std::string::npos);
  CHECK(sparse_error(sparse({2, 3}, {1, 2}, {0, 3, 1, 2}, {2, 2})).find("index 3 is out of range") != std::string::npos);
  CHECK(sparse_error(sparse({2, 3}, {1, 2}, {5, 1}, {2})).find("not ascending") != std::string::npos);
  CHECK(sparse_error(sparse({2, 3}, {1, 2}, {1, 1}, {2})).find("not ascending") != std::string::npos);
  CHECK(sparse_error(sparse({2, 3}, {1, 2}, {1}, {1})).find("indices have shape [1]") != std::string::npos);
  const std::int64_t big = 1 << 20;
  CHECK(sparse_error(sparse({big, big}, {1}, {1}, {1})).find("out of proportion") != std::string::npos);
}

TEST_CASE("tensor_proto: a message that is read twice gives one memory") {
  TensorReader reader(std::nullopt, nullptr);
  P proto = raw_tensor("w", P::INT8, {2}, "ab");
  CHECK(reader.read(proto).data() == reader.read(proto).data());
}

}  // namespace
}  // namespace onnxrun::test
