// Fast math on a card without bf16: what leaves f16's range is an error with a remedy, and no result.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/model.h"
#include "onnxrun/error.h"
#include "onnxrun/session.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/op_case.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// x0 * w + x1 * w, for w = 16.
struct Net {
  TempModel file{"graph net(%x: f32[1, 2]) -> (%y) {\n  %w = const f32[2, 1] fill(16)\n  %m = MatMul(%x, %w)\n  %y = Relu(%m)\n}"};
  std::shared_ptr<const Model> model;
  Session session;

  explicit Net(Math math, std::string_view library = "host")
      : model(load_model(file.path(), {.backends = {"cuda"}, .math = math}, emulated_before_reference(library))),
        session(model, {.backends = {"cuda"}, .math = math}) {}
  float run(float a, float b) { return session.run({f32({1, 2}, {a, b})})[0].view<float>()[0]; }
};

TEST_CASE("cuda f16: a sum beyond its range is told, and the session goes on") {
  Net net(Math::kFast);
  CHECK(net.run(2000, 2000) == 64000);
  try {
    net.run(4000, 4000);
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kUsage);
    CHECK(std::string(e.what()).find("a value has left f16's range, which ends at 65504. Run it with --math default") != std::string::npos);
  }
  CHECK(net.run(1, 2) == 48);
  CHECK_THROWS_AS(net.run(std::nanf(""), 0), Error);
  CHECK(net.run(-4000, -4000) == 0);  // below all numbers, as masks are
}

TEST_CASE("cuda f16: other math and cards with bf16 take any value") {
  CHECK(Net(Math::kDefault).run(4000, 4000) == 128000);
  CHECK(Net(Math::kFast, "ampere").run(4000, 4000) == 128000);
  CHECK(Net(Math::kDefault).run(kInfinity, 0) == kInfinity);
}

}  // namespace
}  // namespace onnxrun::test
