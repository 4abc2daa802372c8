// A dispatch that picks too small an instruction set passes every other test.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

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

}  // namespace onnxrun::test
