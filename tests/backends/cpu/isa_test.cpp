// A dispatch that picks too small an instruction set passes every other test.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "backends/cpu/isa.h"
#include "backends/cpu/matmul_block.h"
#include "engine/backend/registry.h"
#if defined(__aarch64__)
#include <sys/auxv.h>
#include <sys/prctl.h>
#endif

namespace onnxrun::test {
namespace {

// What the processor has of what backends/cpu/simd.h compiles for.
std::string_view widest() {
#if defined(__aarch64__)
  constexpr int kBytes = 32;
  const bool sve = (getauxval(AT_HWCAP) & HWCAP_SVE) != 0;
  return sve && (prctl(PR_SVE_GET_VL) & PR_SVE_VL_LEN_MASK) == kBytes ? ", SVE_256" : ", NEON";
#else
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  return wide ? ", AVX3" : ", AVX2";
#endif
}

}  // namespace

TEST_CASE("cpu: the widest instruction set of the processor is used") {
  if (std::getenv("ONNXRUN_MAX_ISA") != nullptr) return;
  const auto all = registered_backends();
  const auto cpu = std::ranges::find_if(all, [](const Backend* b) { return b->traits().name == "cpu"; });
  if (cpu == all.end()) return;
  MESSAGE((*cpu)->traits().about);
  CHECK((*cpu)->traits().about.find(widest()) != std::string::npos);
}

// Its kernels' vectors are as long as its name says, also after it was asked for its name.
TEST_CASE("cpu: the instruction set that is named is the one that runs") {
  const auto all = registered_backends();
  if (std::ranges::none_of(all, [](const Backend* b) { return b->traits().name == "cpu"; })) return;
  const std::map<std::string_view, std::size_t> floats{{"NEON", 4}, {"SVE_256", 8}, {"AVX2", 8}, {"AVX3", 16}};
  const std::string_view name = cpu::isa_name();
  REQUIRE(floats.contains(name));
  CHECK(cpu::matmul_functions().tile_columns == 2 * floats.at(name));
}

}  // namespace onnxrun::test
