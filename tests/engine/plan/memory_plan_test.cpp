#include "engine/plan/memory_plan.h"

#include <doctest/doctest.h>

#include <random>

using namespace onnxrun;

TEST_CASE("memory_plan: buffers that never meet share memory") {
  const std::vector<Lifetime> lives = {{1000, 0, 1}, {1000, 2, 3}, {500, 1, 2}};
  const MemoryPlan plan = plan_memory(lives);
  CHECK(plan.offsets[0] == plan.offsets[1]);
  CHECK(plan.offsets[2] >= 1000);
  CHECK(plan.bytes == 1024 + 512);
}

TEST_CASE("memory_plan: buffers alive together never overlap") {
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<Lifetime> lives;
    std::size_t sum = 0;
    for (int i = 0; i < 40; ++i) {
      const int first = static_cast<int>(random() % 30);
      lives.push_back({random() % 5000, first, first + static_cast<int>(random() % 6)});
      sum += lives.back().bytes + 64;
    }
    const MemoryPlan plan = plan_memory(lives);
    CHECK(plan.bytes <= sum);
    for (std::size_t a = 0; a < lives.size(); ++a) {
      CHECK(plan.offsets[a] % 64 == 0);
      CHECK(plan.offsets[a] + lives[a].bytes <= plan.bytes);
      for (std::size_t b = 0; b < a; ++b) {
        const bool meet = lives[a].first <= lives[b].last && lives[b].first <= lives[a].last && lives[a].bytes > 0 && lives[b].bytes > 0;
        if (!meet) continue;
        CHECK((plan.offsets[a] + lives[a].bytes <= plan.offsets[b] || plan.offsets[b] + lives[b].bytes <= plan.offsets[a]));
      }
    }
  }
}
