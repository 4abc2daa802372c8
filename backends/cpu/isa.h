// The instruction set that this process's kernels use.
#pragma once

#include <string>
#include <string_view>

namespace onnxrun::cpu {

// Chooses the best instruction set that was compiled in, that the processor has and that the environment variable
// ONNXRUN_MAX_ISA ("AVX2", "AVX3", "NEON", "SVE_256") allows. False, with the reason, when there is none. Throws
// Error(kUsage) when the variable names none that was compiled in. Call it before any kernel is prepared.
bool choose_isa(std::string& why_absent);

// Its name in Highway's words: "AVX2", "AVX3" (AVX-512), "NEON", "SVE_256".
std::string_view isa_name();
// "Highway 1.0.3, AVX2"
std::string isa_about();

}  // namespace onnxrun::cpu
