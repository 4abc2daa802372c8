#include "engine/backend/weight_cache.h"

#include <doctest/doctest.h>

using namespace onnxrun;

namespace {

std::shared_ptr<const int> made(WeightCache& cache, const Tensor& constant, int& count) {
  return cache.get<int>(constant, "key", [&] { return std::make_shared<int>(++count); });
}

}  // namespace

TEST_CASE("weight cache: an entry is made once per constant and key") {
  WeightCache cache;
  const Tensor a = Tensor::of<float>({1}, {1}), b = Tensor::of<float>({1}, {1});
  int count = 0;
  CHECK(*made(cache, a, count) == 1);
  CHECK(*made(cache, a, count) == 1);
  CHECK(*made(cache, b, count) == 2);
  CHECK(cache.entries() == 2);
}

TEST_CASE("weight cache: a child hands on what its parent keeps, and keeps the rest for itself") {
  const auto parent = std::make_shared<WeightCache>();
  const Tensor lasting = Tensor::of<float>({1}, {1}), folded = Tensor::of<float>({1}, {2});
  parent->keep(lasting);
  int count = 0;
  for (int plan = 0; plan < 3; ++plan) {
    WeightCache child(parent);
    child.keep(folded);
    child.keep(lasting);
    made(child, lasting, count);
    made(child, folded, count);
    CHECK(child.entries() == 1);
  }
  CHECK(count == 4);
  CHECK(parent->entries() == 1);
}
