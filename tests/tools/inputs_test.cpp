#include "tools/io/inputs.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace onnxrun;
using namespace onnxrun::tools;

namespace {

TEST_CASE("inputs: generated integers are 0 or 1, those of a mask 1, so that all of a batch is computed") {
  const std::vector<DimInfo> dims = {{.symbol = "batch"}, {.size = 40}};
  const std::vector<ValueInfo> infos = {{.name = "input_ids", .type = "i64[batch, 40]", .dtype = DType::kInt64, .dims = dims},
                                        {.name = "attention_mask", .type = "i64[batch, 40]", .dtype = DType::kInt64, .dims = dims}};
  const Inputs in = make_inputs(infos, {.batch = 3}, true);
  const auto ids = in.tensors[0].view<std::int64_t>(), mask = in.tensors[1].view<std::int64_t>();
  CHECK(std::ranges::count(ids, 0) + std::ranges::count(ids, 1) == 120);
  CHECK(std::ranges::count(ids, 0) > 0);
  CHECK(std::ranges::count(mask, 1) == 120);
  CHECK(in.generated == std::vector<std::string>{"input_ids", "attention_mask"});
}

}  // namespace
