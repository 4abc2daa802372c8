#include "engine/import/wire_split.h"

#include <doctest/doctest.h>

#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

// The tag and the length of a field.
std::string head(char tag, std::uint64_t length) {
  std::string s(1, tag);
  for (; length >= 128; length >>= 7) s.push_back(static_cast<char>(length | 128));
  s.push_back(static_cast<char>(length));
  return s;
}

TEST_CASE("wire_split: large raw_data is cut out, the rest is the same model") {
  onnx::ModelProto model = relu_model();
  auto& graph = *model.mutable_graph();
  *graph.add_initializer() = raw_tensor("small", 2, {3}, "abc");
  *graph.add_initializer() = raw_tensor("large", 2, {5000}, std::string(5000, 'x'));
  *graph.add_initializer() = float_tensor("typed", {2}, {1, 2});
  const std::string bytes = model.SerializeAsString();
  const auto split = split_payloads(std::as_bytes(std::span(bytes)));
  REQUIRE(split.has_value());
  REQUIRE(split->payloads.size() == 3);
  CHECK(split->payloads[0].empty());
  CHECK(split->payloads[1].size() == 5000);
  CHECK(split->payloads[1][4999] == std::byte{'x'});
  CHECK(split->payloads[2].empty());
  CHECK(split->rest.size() < 1000);
  onnx::ModelProto rest;
  REQUIRE(rest.ParseFromString(split->rest));
  CHECK_FALSE(rest.graph().initializer(1).has_raw_data());
  rest.mutable_graph()->mutable_initializer(1)->set_raw_data(std::string(5000, 'x'));
  CHECK(rest.SerializeAsString() == bytes);
}

TEST_CASE("wire_split: nothing to cut, or nothing that can be read") {
  const std::string bytes = relu_model().SerializeAsString();
  CHECK_FALSE(split_payloads(std::as_bytes(std::span(bytes))));
  onnx::ModelProto model = relu_model();
  *model.mutable_graph()->add_initializer() = raw_tensor("w", 2, {5000}, std::string(5000, 'x'));
  const std::string whole = model.SerializeAsString();
  for (std::size_t cut = 1; cut < whole.size(); cut += 7) {
    const auto split = split_payloads(std::as_bytes(std::span(whole)).first(cut));
    CHECK_FALSE((split && split->payloads.at(0).size() > cut));
  }
}

TEST_CASE("wire_split: a tensor with raw_data twice is left to the parser") {
  onnx::ModelProto model = relu_model();
  const std::string once = raw_tensor("w", 2, {5000}, std::string(5000, 'x')).SerializeAsString();
  const std::string body = once + raw_tensor("w", 2, {}, std::string(5000, 'y')).SerializeAsString();
  // graph { initializer { body } } behind the model: the parser merges the two graphs.
  const std::string initializer = head(0x2a, body.size()) + body;
  const std::string bytes = model.SerializeAsString() + head(0x3a, initializer.size()) + initializer;
  CHECK_FALSE(split_payloads(std::as_bytes(std::span(bytes))));
  const Graph g = import_onnx(std::as_bytes(std::span(bytes))).graph;
  CHECK(g.value(g.find_value("w")).constant.view<std::uint8_t>()[0] == 'y');
}

TEST_CASE("wire_split: weights are read from the file in place, or copied where they are misaligned") {
  const TemporaryFolder folder;
  onnx::ModelProto model = relu_model();
  for (int i = 0; i < 4; ++i) {
    // Names of growing length shift the payloads through all alignments.
    std::string raw(8192, '\0');
    raw[4] = static_cast<char>(i + 1);
    *model.mutable_graph()->add_initializer() = raw_tensor("w" + std::string(static_cast<std::size_t>(i), 'x'), 6, {2048}, raw);
  }
  write_model(folder / "m.onnx", model);
  const Graph g = import_onnx(folder / "m.onnx").graph;
  for (int i = 0; i < 4; ++i) {
    const Tensor& t = g.value(g.find_value("w" + std::string(static_cast<std::size_t>(i), 'x'))).constant;
    CHECK(t.view<std::int32_t>()[1] == i + 1);
    CHECK(reinterpret_cast<std::uintptr_t>(t.data()) % 4 == 0);
  }
}

TEST_CASE("wire_split: weights beyond protobuf's 2 GB are read in place") {
  constexpr std::int64_t kBytes = (std::int64_t{3} << 30) + 5;
  const std::string tensor = new_tensor("w", 2, {kBytes}).SerializeAsString() + head(0x4a, kBytes);
  const std::string initializer = head(0x2a, tensor.size() + kBytes) + tensor;
  const std::string bytes = relu_model().SerializeAsString() + head(0x3a, initializer.size() + kBytes) + initializer;
  const TemporaryFolder folder;
  write_file(folder / "m.onnx", bytes);
  std::filesystem::resize_file(folder / "m.onnx", bytes.size() + kBytes);  // a hole: no disk is used
  const Graph g = import_onnx(folder / "m.onnx").graph;
  CHECK(g.value(g.find_value("w")).constant.size() == kBytes);
  std::filesystem::resize_file(folder / "m.onnx", bytes.size() + kBytes - 1);
  CHECK_THROWS_AS(import_onnx(folder / "m.onnx"), Error);
}

}  // namespace
}  // namespace onnxrun::test
