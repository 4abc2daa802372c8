#include "backends/cpu/isa.h"

#include <cstdlib>
#include <cstring>
#include <vector>

#include "backends/cpu/simd.h"
#include "engine/base/check.h"
#include "hwy/highway.h"

namespace onnxrun::cpu {
namespace {

// Better sets have lower bits.
std::vector<std::int64_t> compiled_sets() {
  std::vector<std::int64_t> sets;
  for (int bit = 0; bit < 63; ++bit) {
    if (HWY_TARGETS & (std::int64_t{1} << bit)) sets.push_back(std::int64_t{1} << bit);
  }
  return sets;
}

void apply_limit() {
  const char* limit = std::getenv("ONNXRUN_MAX_ISA");
  if (limit == nullptr || *limit == 0) return;
  std::string known;
  for (const std::int64_t set : compiled_sets()) {
    if (std::strcmp(limit, hwy::TargetName(set)) == 0) return hwy::DisableTargets(set - 1);
    known += known.empty() ? "" : ", ";
    known += hwy::TargetName(set);
  }
  fail(ErrorCode::kUsage, "ONNXRUN_MAX_ISA is \"{}\", want one of {}, or unset it", limit, known);
}

// 0 when there is none. Highway is asked once: on aarch64 its answer resets the choice that HWY_DYNAMIC_POINTER goes by to sets of any vector
// length, of which NEON is the only one compiled in.
std::int64_t chosen_set() {
  static const std::int64_t chosen = [] {
    apply_limit();
    const std::int64_t supported = hwy::SupportedTargets();
    hwy::GetChosenTarget().Update(supported);
    for (const std::int64_t set : compiled_sets()) {
      if (supported & set) return set;
    }
    return std::int64_t{0};
  }();
  return chosen;
}

}  // namespace

bool choose_isa(std::string& why_absent) {
  if (chosen_set() != 0) return true;
  why_absent = fmt::format("the processor has no {}", hwy::TargetName(compiled_sets().back()));
  return false;
}

std::string_view isa_name() { return hwy::TargetName(chosen_set()); }

std::string isa_about() { return fmt::format("Highway {}.{}.{}, {}", HWY_MAJOR, HWY_MINOR, HWY_PATCH, isa_name()); }

}  // namespace onnxrun::cpu
