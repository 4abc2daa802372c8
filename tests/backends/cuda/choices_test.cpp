// Measured plans of convolutions: kept in a file for one device and one cuDNN, and nothing worse than unused when that file is bad.
#include "backends/cuda/choices.h"

#include <doctest/doctest.h>

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

#include "backends/cuda/handles.h"
#include "tests/support/cuda_emulated.h"

namespace onnxrun::test {
namespace {

const cuda::DeviceFacts kFacts{.name = "some GPU", .cudnn = 91900};

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / fmt::format("onnxrun-choices-{}", getpid());
  std::filesystem::path file = path / "choices";
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const std::string& text) const { std::ofstream(file) << text; }
};

TEST_CASE("cuda choices: kept in the file, read by the next") {
  const Folder folder;
  cuda::Choices choices(folder.file, kFacts);
  CHECK_FALSE(choices.find("a").has_value());
  choices.keep("a", 2);
  choices.keep(std::string("\0\xff\n b", 5), 0);
  choices.keep("a", 1);
  CHECK(contents(folder.file) == "onnxrun convolutions 1, some GPU, cuDNN 91900\n00ff0a2062 0\n61 1\n");
  const cuda::Choices next(folder.file, kFacts);
  CHECK(next.find("a") == 1);
  CHECK(next.find(std::string("\0\xff\n b", 5)) == 0);
  CHECK(next.about() == ", plans of 2 convolutions measured before");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);  // nothing half-written is left
  cuda::Choices other(folder.file, kFacts);
  choices.keep("b", 3);
  other.keep("c", 0);  // two devices, or two processes
  CHECK(cuda::Choices(folder.file, kFacts).size() == 4);
}

TEST_CASE("cuda choices: a bad or foreign file is told of, not used, and written anew") {
  const Folder folder;
  const std::string title = "onnxrun convolutions 1, some GPU, cuDNN 91900\n";
  for (const auto& [text, complaint] : std::vector<std::pair<std::string, std::string>>{
           {"onnxrun convolutions 1, some GPU, cuDNN 91800\n61 1\n", "is not of this device and cuDNN"},
           {"onnxrun convolutions 1, other GPU, cuDNN 91900\n61 1\n", "is not of this device and cuDNN"},
           {"", "is not of this device and cuDNN"},
           {title + "61 1\n61", "line 3 of"},
           {title + "61 1\n62 4\n", "line 3 of"},
           {title + "61 -1\n", "line 2 of"},
           {title + "61 1 1\n", "line 2 of"},
           {title + "6G 1\n", "line 2 of"},
           {title + " 1\n", "line 2 of"},
           {std::string((8 << 20) + 1, 'x'), "is no file of choices"}}) {
    folder.write(text);
    cuda::Choices choices(folder.file, kFacts);
    CHECK(choices.size() == 0);
    CHECK_MESSAGE(has(choices.about(), complaint), choices.about());
    choices.keep("b", 3);
    CHECK(contents(folder.file) == title + "62 3\n");
    CHECK_FALSE(has(choices.about(), folder.file.string()));
  }
}

TEST_CASE("cuda choices: bounded, and none without a file or where it can't be written") {
  cuda::Choices none({}, kFacts);
  none.keep("a", 1);
  CHECK(none.size() == 0);
  CHECK_FALSE(none.wanted());
  CHECK(none.about() == "");
  const Folder folder;
  cuda::Choices nowhere(folder.path / "no" / "folder", kFacts);
  nowhere.keep("a", 1);
  CHECK(nowhere.find("a") == 1);
  CHECK_MESSAGE(has(nowhere.about(), "can't be written"), nowhere.about());

  std::string text = "onnxrun convolutions 1, some GPU, cuDNN 91900\n";
  for (std::size_t i = 0; i < cuda::Choices::kMost; ++i) text += fmt::format("{:08x} 1\n", i);
  folder.write(text);
  cuda::Choices full(folder.file, kFacts);
  CHECK(full.size() == cuda::Choices::kMost);
  full.keep("one more", 1);
  CHECK(full.size() == cuda::Choices::kMost);
  CHECK(contents(folder.file) == text);
}

TEST_CASE("cuda choices: a convolution is measured once, then made by its plan; a plan that is gone gives way to the first") {
  const Folder folder;
  std::string why;
  const cuda::Library library = cuda::load_library(std::array{emulated_library("host")}, why);
  REQUIRE_MESSAGE(library.api != nullptr, why);
  static int measured = 0;
  cuda::Api api = *library.api;
  api.measure_conv = [](const cuda::ConvSpec& spec, int most, int* best, cuda::Failure*) {
    ++measured;
    *best = static_cast<int>(spec.filters) % most;
    return cuda::Status::kOk;
  };
  const auto how = [&](cuda::Choices& choices, std::int64_t filters) {
    cuda::HandleCache cache(8);
    const cuda::ConvSpec spec{.batch = 1, .channels = 1, .filters = filters, .groups = 1, .spatial = 2};
    const auto handle = conv_handle(cache, choices, api, "Conv", spec);
    CHECK(conv_handle(cache, choices, api, "Conv", spec) == handle);
    return handle->how();
  };
  cuda::Choices none({}, kFacts), choices(folder.file, kFacts);
  CHECK(how(none, 2) == "convolution, emulated, plan 0");
  CHECK(measured == 0);
  CHECK(how(choices, 2) == "convolution, emulated, plan 2");
  CHECK(how(choices, 2) == "convolution, emulated, plan 2");
  CHECK(measured == 1);
  cuda::Choices next(folder.file, kFacts);
  CHECK(how(next, 2) == "convolution, emulated, plan 2");
  CHECK(measured == 1);
  CHECK(how(next, 3) == "convolution, emulated, plan 0");  // the emulated library has no plan 3
  CHECK(measured == 2);
  api.measure_conv = [](const cuda::ConvSpec&, int, int*, cuda::Failure*) { return cuda::Status::kOutOfMemory; };
  CHECK(how(next, 5) == "convolution, emulated, plan 0");
  CHECK(next.size() == 2);
}

}  // namespace
}  // namespace onnxrun::test
