// What tests/backends/cpu/rnn_test.cpp, whose layers go to this backend, too, doesn't ask.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/model.h"
#include "engine/partition/partition.h"
#include "onnxrun/error.h"
#include "onnxrun/session.h"
#include "tests/support/check_backends.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

std::string lstm(std::string_view type) {
  return fmt::format(R"(graph(%x: {0}[4, 2, 3], %h: {0}[2, 2, 5], %c: {0}[2, 2, 5], %lengths: i32[2]) -> (%y, %yh, %yc) {{
  %w = const {0}[2, 20, 3] seed(1)
  %r = const {0}[2, 20, 5] seed(2)
  %b = const {0}[2, 40] seed(3)
  %p = const {0}[2, 15] seed(4)
  %y, %yh, %yc = LSTM(%x, %w, %r, %b, %lengths, %h, %c, %p) {{direction = "bidirectional"}}
}})",
                     type);
}

TEST_CASE("cuda rnn: 16-bit types") {
  for (const char* type : {"f16", "bf16"}) {
    CheckOptions options{.ranges = {{"lengths", {0, 5}}}};
    options.claimed_by = {"cuda"};
    options.refused_by = {{"cpu", "want f32"}};
    if (std::string_view(type) == "bf16") options.tolerance = Tolerance{5e-2, 5e-2};
    check_on_every_backend(lstm(type), options);
  }
}

TEST_CASE("cuda rnn: a length outside the sequence is the call's error, and only that run's") {
  const TempModel file(lstm("f32"));
  std::vector<const Backend*> backends = select_backends(std::vector<std::string>{"reference"});
  backends.insert(backends.begin(), &emulated_cuda());
  Session session(load_model(file.path(), {}, backends), {});
  const auto run = [&](std::int32_t length) {
    const Tensor state = random_tensor(DType::kFloat32, {2, 2, 5}, 2);
    return session.run(std::vector<Tensor>{random_tensor(DType::kFloat32, {4, 2, 3}, 1), state, state, i32({2}, {4, length})});
  };
  const Tensor good = run(3)[0];
  for (const std::int32_t length : {-1, 5}) {
    try {
      run(length);
      FAIL_CHECK("taken");
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kUsage);
      CHECK(std::string(e.what()).find("out of range") != std::string::npos);
    }
    check_tensor(run(3)[0], good);
  }
}

}  // namespace
}  // namespace onnxrun::test
