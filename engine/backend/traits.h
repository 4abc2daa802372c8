// What the passes may know of the backends: names and preferences, no code.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

#include "onnxrun/tensor.h"

namespace onnxrun {

struct BackendTraits {
  std::string name;             // "onednn"
  std::string device = "cpu";   // memory its kernels read and write: "cpu", "cuda:0"
  std::string about;            // one line for `onnx-run backends`: version, instruction set
  // Operators (by full name, "Conv", "onnxrun.FusedConv") that run faster on channels-last tensors, and those that take
  // them at no loss.
  std::set<std::string, std::less<>> prefers_channels_last;
  std::set<std::string, std::less<>> takes_channels_last;
  // dtype -> operators that run faster in it on this very machine. Empty where the hardware has no instructions for it.
  std::map<DType, std::set<std::string, std::less<>>> fast_in;
  std::map<DType, std::set<std::string, std::less<>>> takes;  // dtype -> operators that take it at no loss
  // Operators whose kernels work out the shapes of their outputs as they run, and ask KernelArgs::allocator for the memory. Where data
  // decides an output's shape, the kernels of other operators are not used: `reference` stands in.
  std::set<std::string, std::less<>> sizes_outputs;
};

}  // namespace onnxrun
