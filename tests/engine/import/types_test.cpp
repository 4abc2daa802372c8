#include "engine/import/types.h"

#include <doctest/doctest.h>

#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

std::string type_of(const std::vector<std::string>& dims, const std::map<std::string, std::int64_t>& sizes = {}) {
  onnx::TypeProto proto;
  set_type(proto, 1, dims);
  Graph graph;
  return TypeReader(sizes).read(proto, graph)->str();
}

TEST_CASE("types: dimensions are sizes, symbols, expressions, or nobody knows") {
  CHECK(type_of({"2", "N"}) == "f32[2, N]");
  CHECK(type_of({"past + 1", "seq*2"}) == "f32[past + 1, 2*seq]");
  CHECK(type_of({"s0-1", "s0-1"}) == "f32[s0 - 1, s0 - 1]");
  CHECK(type_of({"", "-1", "N"}) == "f32[_s0, _s1, N]");
  CHECK(type_of({"batch-size", "h/2", "a b", "größe"}) == "f32[\"batch-size\", \"h/2\", \"a b\", \"größe\"]");
  CHECK(type_of({"?", "?", "*", "N"}) == "f32[_s0, _s1, _s2, N]");
  CHECK(type_of({"_s7", "_s7", "_s9"}) == "f32[_s0, _s0, _s1]");
  CHECK(type_of({"(a+b)*(c+d)*(e+f)*(g+h)*(i+j)*(k+l)*(m+n)*(o+p)*(q+r)"}).size() < 100);
}

TEST_CASE("types: sizes replace symbols, by the name in the file") {
  CHECK(type_of({"N", "N + 1"}, {{"N", 4}}) == "f32[4, 5]");
  CHECK(type_of({"batch-size"}, {{"batch-size", 4}}) == "f32[4]");
  CHECK_THROWS_AS(type_of({"N - 5"}, {{"N", 4}}), Error);
  CHECK(import_text(relu_model(), {.dims = {{"N", 3}}}).find("%x: f32[3, 4]") != std::string::npos);
  CHECK(import_error(relu_model(), ErrorCode::kUsage, {.dims = {{"M", 3}}}) ==
        "a size is given for dimension 'M', but the model's symbols are: N");
}

TEST_CASE("types: sequences, optionals, maps and what has no type") {
  Graph graph;
  const std::map<std::string, std::int64_t> none;
  TypeReader reader(none);
  onnx::TypeProto tensor;
  set_type(tensor, 7, {"N"});
  onnx::TypeProto sequence;
  *sequence.mutable_sequence_type()->mutable_elem_type() = tensor;
  onnx::TypeProto optional;
  *optional.mutable_optional_type()->mutable_elem_type() = sequence;
  CHECK(reader.read(optional, graph)->str() == "optional(seq(i64[N]))");
  onnx::TypeProto map;
  map.mutable_map_type()->set_key_type(7);
  *map.mutable_map_type()->mutable_value_type() = tensor;
  CHECK(reader.read(map, graph)->str() == "map(i64, i64[N])");
  onnx::TypeProto unranked;
  unranked.mutable_tensor_type()->set_elem_type(1);
  CHECK(reader.read(unranked, graph)->str() == "f32[...]");
  CHECK_FALSE(reader.read(onnx::TypeProto(), graph));
  onnx::TypeProto bad;
  set_type(bad, 1, {"-5"});
  CHECK_THROWS_AS(reader.read(bad, graph), Error);
  set_type(bad, 77, {});
  CHECK_THROWS_AS(reader.read(bad, graph), Error);
}

}  // namespace
}  // namespace onnxrun::test
