// What the engine tells about models, backends and its own decisions: plain data, safe to keep.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "onnxrun/options.h"
#include "onnxrun/tensor.h"

namespace onnxrun {

struct DimInfo {
  std::int64_t size = -1;  // -1: not fixed
  std::string symbol;      // the expression when it is not fixed: "batch"
};

struct ValueInfo {
  std::string name;
  std::string type;  // "f32[batch, 3, 224, 224]", "seq(f32[...])"
  DType dtype = DType::kUndefined;  // kSequence, kOptional, kMap: no tensor, but a list (see tensor.h)
  bool ranked = true;  // false: nothing is known of `dims`
  std::vector<DimInfo> dims = {};
  // Of a list, one entry: what it holds (a map: each of its values); empty when that isn't known. Dimensions that aren't fixed may differ
  // from element to element, whatever their symbols.
  std::vector<ValueInfo> element = {};
  DType key = DType::kUndefined;  // of a map
};

// The model as the file has it, before any pass.
struct ModelInfo {
  std::string graph_name, producer, domain, doc;
  std::int64_t ir_version = 0;
  std::int64_t model_version = 0;
  std::map<std::string, std::int64_t> opsets;      // domain -> version
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::int64_t> operators;   // full name -> how often, subgraphs included
  std::vector<ValueInfo> inputs, outputs;
  std::int64_t parameters = 0;                     // elements of all initialisers
  std::uint64_t parameter_bytes = 0;
  std::int64_t flops = 0;                          // multiply-adds counted as two, with symbolic dimensions as 1
  std::vector<std::string> unsupported;            // operators that no backend implements
};

// Throws Error(kBadModel). Unknown operators are listed, not an error.
ModelInfo inspect(const std::filesystem::path& model);

struct Refusal {
  std::string backend, reason;
};

struct NodeExplanation {
  std::string name, op;                 // the node's name in the model; "onnxrun.FusedConv"
  std::vector<std::string> outputs;     // types: "f32[1, 64, 112, 112]@channels_last"
  std::string backend, kernel;          // who took it; what runs, once a plan exists: "brgconv:avx2"
  std::string note;                     // the backend's remark on its claim
  std::vector<Refusal> refusals;        // those preferred to it, and why they said no
  std::int64_t runs = 0;                // with Options::profile
  double milliseconds = 0;
};

struct PassExplanation {
  std::string name;
  bool changed = false, disabled = false;
  double milliseconds = 0;
  std::size_t nodes_after = 0;
};

// Steps on a device, two or more in a row, that it keeps with their addresses and then runs again as one; a run whose tensors lie where
// they lay in an earlier one does so. Not while steps are timed or watched, nor with Options::settings {"replay", "off"}.
struct ReplayExplanation {
  int stretches = 0, steps = 0;                  // in the plan; steps in all of them
  std::int64_t recordings = 0, replays = 0;      // until now, of all runs
  std::string why_not;                           // a device's reason for keeping none
};

struct Explanation {
  std::string math;                     // "exact", "default", "fast"
  int threads = 0;
  std::vector<std::string> backends;    // in order of preference
  std::vector<PassExplanation> passes;
  std::vector<NodeExplanation> nodes;   // in order of execution
  double load_milliseconds = 0;
  // The largest part that a batch is divided into, where items are independent; 0: batches run whole. Parts fit a cache; where there are
  // enough items, each thread computes parts of its own.
  std::int64_t batch_part = 0;
  // Copies between the host's memory and devices', `nodes` of operator onnxrun.Copy, and their bytes where sizes are known.
  int copies = 0;
  std::uint64_t copied_bytes = 0;
  ReplayExplanation replay;
};

struct ProfileEvent {
  std::string name, op, backend, kernel;
  double start_us = 0, duration_us = 0;  // since the session was made
  std::uint64_t run = 0;
  std::uint64_t thread = 0;
};

struct Profile {
  std::vector<ProfileEvent> events;  // the first million; later ones are counted in `dropped`
  std::uint64_t dropped = 0;
};

struct MemoryUse {
  std::uint64_t arena_bytes = 0;   // all arenas of all plans and run states, devices' too
  std::uint64_t peak_bytes = 0;
  int plans = 0;
};

struct BackendInfo {
  std::string name, device, about;
  bool present = true;
  std::string reason;                 // why it is absent
  std::vector<std::string> operators; // full names it has kernels for; {"*"} for reference
};
std::vector<BackendInfo> list_backends();

struct OperatorInfo {
  std::string name, domain;
  std::vector<int> versions;
  std::vector<std::string> backends;  // that have a kernel for some form of it
  // For each input that it must have, the element types it takes ("f32"); empty where that can't be told: an operator that is
  // rewritten at import, or that needs more than a list of types to be tried.
  std::vector<std::vector<std::string>> types;
};
// `types` are found by trying each operator with each type, which takes a second or two; without, they are left empty.
std::vector<OperatorInfo> list_operators(bool types = false);

}  // namespace onnxrun
