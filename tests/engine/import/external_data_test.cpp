#include "engine/import/external_data.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

using P = onnx::TensorProto;
namespace fs = std::filesystem;

// Two floats at `offset` of `location`.
P external(const std::string& location, const std::string& offset = "", const std::string& length = "") {
  P t = new_tensor("w", P::FLOAT, {2});
  t.set_data_location(P::EXTERNAL);
  const auto add = [&](const char* key, const std::string& value) {
    if (value.empty()) return;
    auto& e = *t.add_external_data();
    e.set_key(key);
    e.set_value(value);
  };
  add("location", location);
  add("offset", offset);
  add("length", length);
  return t;
}

onnx::ModelProto model_with(P tensor) {
  onnx::ModelProto model = relu_model();
  *model.mutable_graph()->add_initializer() = std::move(tensor);
  return model;
}

// Loads folder/m/model.onnx with that initialiser.
std::string load_error(const TemporaryFolder& folder, P tensor) {
  write_model(folder / "m/model.onnx", model_with(std::move(tensor)));
  try {
    import_onnx(folder / "m/model.onnx");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kBadModel);
    return e.what();
  }
  return "no error";
}

bool has(const std::string& text, const char* part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

struct Setup {
  TemporaryFolder folder;
  Setup() {
    fs::create_directories(folder / "m/sub");
    const float values[] = {1, 2, 3, 4};
    const std::string bytes(reinterpret_cast<const char*>(values), sizeof values);
    write_file(folder / "m/w.bin", bytes);
    write_file(folder / "m/sub/w.bin", bytes);
    write_file(folder / "secret.bin", bytes);
  }
};

TEST_CASE("external_data: elements are read at their offset, from files below the model's folder") {
  const Setup s;
  for (P t : {external("w.bin", "4", "8"), external("w.bin", "4"), external("sub/w.bin", "4", "8"), external("./sub/./w.bin", "4", "8")}) {
    write_model(s.folder / "m/model.onnx", model_with(t));
    const Graph g = import_onnx(s.folder / "m/model.onnx").graph;
    const Tensor& w = g.value(g.find_value("w")).constant;
    CHECK(w.view<float>()[0] == 2.0f);
    CHECK(w.view<float>()[1] == 3.0f);
  }
}

TEST_CASE("external_data: one file is mapped once, and misaligned elements are copied") {
  const Setup s;
  onnx::ModelProto model = model_with(external("w.bin", "0", "8"));
  P second = external("w.bin", "8", "8"), third = external("w.bin", "3", "8");
  second.set_name("w2");
  third.set_name("w3");
  *model.mutable_graph()->add_initializer() = second;
  *model.mutable_graph()->add_initializer() = third;
  write_model(s.folder / "m/model.onnx", model);
  const Graph g = import_onnx(s.folder / "m/model.onnx").graph;
  const auto at = [&](const char* name) { return static_cast<const std::byte*>(g.value(g.find_value(name)).constant.data()); };
  CHECK(at("w2") - at("w") == 8);
  CHECK(reinterpret_cast<std::uintptr_t>(at("w3")) % 4 == 0);
}

TEST_CASE("external_data: numbers that don't fit the file or the tensor are errors") {
  const Setup s;
  CHECK(has(load_error(s.folder, external("w.bin", "12", "8")), "has 16 bytes, but 8 from 12 on are wanted"));
  CHECK(has(load_error(s.folder, external("w.bin", "17", "8")), "are wanted"));
  CHECK(has(load_error(s.folder, external("w.bin", "18446744073709551608", "8")), "are wanted"));
  CHECK(has(load_error(s.folder, external("w.bin", "18446744073709551616", "8")), "is not a non-negative number"));
  CHECK(has(load_error(s.folder, external("w.bin", "-4", "8")), "offset '-4' is not a non-negative number"));
  CHECK(has(load_error(s.folder, external("w.bin", "4x", "8")), "is not a non-negative number"));
  CHECK(has(load_error(s.folder, external("w.bin", "0", "4")), "length 4 is given for 8 bytes"));
  CHECK(has(load_error(s.folder, external("w.bin", "0", "-1")), "length '-1' is not a non-negative number"));
  CHECK(has(load_error(s.folder, external("w.bin", "0", "16")), "length 16 is given for 8 bytes"));
  CHECK(has(load_error(s.folder, external("", "0", "8")), "no location is given"));
  P unknown = external("w.bin", "0", "8");
  auto& entry = *unknown.add_external_data();
  entry.set_key("url");
  entry.set_value("http://example.org");
  CHECK(has(load_error(s.folder, unknown), "unknown key 'url'"));
  P strings = external("w.bin", "0", "8");
  strings.set_data_type(P::STRING);
  CHECK(has(load_error(s.folder, strings), "strings can't be stored there"));
  P huge = external("w.bin", "0");
  huge.set_dims(0, std::int64_t{1} << 45);
  CHECK(has(load_error(s.folder, huge), "are wanted"));
}

TEST_CASE("external_data: files outside the model's folder are out of reach") {
  const Setup s;
  fs::create_symlink("../secret.bin", s.folder / "m/link.bin");
  fs::create_symlink("w.bin", s.folder / "m/inner.bin");
  fs::create_symlink("..", s.folder / "m/up");
  fs::create_hard_link(s.folder / "secret.bin", s.folder / "m/hard.bin");
  ::mkfifo((s.folder / "m/pipe").c_str(), 0600);
  CHECK(has(load_error(s.folder, external("../secret.bin")), "leaves the model's folder"));
  CHECK(has(load_error(s.folder, external("sub/../../secret.bin")), "leaves the model's folder"));
  CHECK(has(load_error(s.folder, external("sub/..")), "leaves the model's folder"));
  CHECK(has(load_error(s.folder, external((s.folder / "secret.bin").string())), "is not relative"));
  CHECK(has(load_error(s.folder, external("link.bin")), "symbolic link"));
  CHECK(has(load_error(s.folder, external("inner.bin")), "symbolic link"));
  CHECK(has(load_error(s.folder, external("up/secret.bin")), "symbolic link"));
  CHECK(has(load_error(s.folder, external("hard.bin")), "hard link"));
  CHECK(has(load_error(s.folder, external("pipe")), "not a regular file"));
  CHECK(has(load_error(s.folder, external("sub")), "not a regular file"));
  CHECK(has(load_error(s.folder, external("none.bin")), "cannot open 'none.bin'"));
  CHECK(has(load_error(s.folder, external(std::string("w.bin\0x", 7))), "NUL"));
  CHECK(has(load_error(s.folder, external("sub//w.bin")), "empty component"));
  CHECK(has(load_error(s.folder, external("/dev/zero")), "is not relative"));
}

TEST_CASE("external_data: a model in memory has none") {
  CHECK(has(import_error(model_with(external("w.bin"))), "a model in memory can't have any"));
}

}  // namespace
}  // namespace onnxrun::test
