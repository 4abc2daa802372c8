#include "engine/ir/accepted_types.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace onnxrun::test {
namespace {

using Types = std::vector<DType>;

TEST_CASE("accepted_types: told by inference, by the kernel, and by both") {
  const Types floats = {DType::kFloat32, DType::kFloat16, DType::kFloat64, DType::kBFloat16};
  CHECK(accepted_types(op("LSTM")) == std::vector<Types>{floats, floats, floats});  // weights fit the input's type
  CHECK(accepted_types(op("Ceil")) == std::vector<Types>{floats});                  // its inference takes any type
  CHECK(accepted_types(op("NonZero")).front().size() > floats.size());
  const auto gather = accepted_types(op("Gather"));
  REQUIRE(gather.size() == 2);
  CHECK(std::ranges::find(gather[0], DType::kString) != gather[0].end());
  CHECK(gather[1] == Types{DType::kInt32, DType::kInt64});
  CHECK(accepted_types(op("Not")) == std::vector<Types>{{DType::kBool}});
  const auto cast = accepted_types(op("Cast"));  // tried with an attribute that has no default
  CHECK(std::ranges::find(cast[0], DType::kInt4) != cast[0].end());
}

TEST_CASE("accepted_types: nothing is claimed where nothing is known") {
  CHECK(accepted_types(op("Constant")).empty());
  CHECK(accepted_types(op("FusedMatMul", kMicrosoft)) == std::vector<Types>(2));  // rewritten at import
}

TEST_CASE("accepted_types: every operator can be asked") {
  std::size_t told = 0, asked = 0;
  for (const OpDef* def : all_ops()) {
    const auto types = accepted_types(*def);
    CHECK(types.size() == static_cast<std::size_t>(def->inputs.min));
    if (def->reference == nullptr || types.empty()) continue;
    ++asked;
    told += !types.front().empty();
  }
  CHECK(told > asked * 8 / 10);
}

}  // namespace
}  // namespace onnxrun::test
