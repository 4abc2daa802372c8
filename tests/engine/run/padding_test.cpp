// Batches of texts on this machine's processor: the padding is left out, and nobody can tell by the results.
#include <doctest/doctest.h>

#include "engine/model.h"
#include "onnxrun/session.h"
#include "tests/support/compare.h"
#include "tests/support/encoder.h"
#include "tests/support/op_case.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

const std::vector<std::vector<int>> kBatches = {{40, 7, 12, 1, 3}, {40, 0, 3, 9, 1}, {40, 40, 40, 40, 40}, {12, 3}, {9}, {40, 7, 12, 1, 3}};

void check_same(Math math, double tolerance) {
  const TempModel file(encoder());
  Session tokens(file.path(), {.math = math}), all(file.path(), {.math = math, .disabled_passes = {"remove_padding"}});
  std::uint64_t seed = 5;
  for (const std::vector<int>& lengths : kBatches) {
    const std::vector<Tensor> in = texts(lengths, lengths[0], ++seed);
    check_tensor(tokens.run(in)[0], all.run(in)[0], tolerance);
  }
}

TEST_CASE("padding: the same logits as with it, whatever the lengths") { check_same(Math::kDefault, 1e-4); }
TEST_CASE("padding: in 16 bits, too, where the processor has them") { check_same(Math::kFast, 3e-2); }

TEST_CASE("padding: products have as many rows as there are tokens, rounded up; --math exact computes all") {
  const TempModel file(encoder());
  const auto rows = [&](Math math) {
    Session session(file.path(), {.math = math});
    session.run(texts({40, 7, 12, 1, 3}, 40, 3));
    std::vector<std::string> types;
    for (const NodeExplanation& n : session.explain().nodes) {
      if (n.op == "onnxrun.FusedMatMul" && n.outputs[0].ends_with(", 32]")) types.push_back(n.outputs[0]);
    }
    return types;
  };
  CHECK(rows(Math::kDefault) == std::vector<std::string>{"f32[64, 32]", "f32[64, 32]"});
  CHECK(rows(Math::kExact) == std::vector<std::string>{"f32[5, 40, 32]", "f32[5, 40, 32]"});
}

TEST_CASE("padding: batches of one shape share their plans by numbers of tokens") {
  const TempModel file(encoder());
  check_shares_plans(load_model(file.path(), {}));
}

}  // namespace
}  // namespace onnxrun::test
