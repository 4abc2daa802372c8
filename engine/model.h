// Model: a loaded file, ready to run: what all sessions of one file with equal options share.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/passes/pipeline.h"
#include "engine/plan/program.h"
#include "onnxrun/introspect.h"
#include "onnxrun/options.h"

namespace onnxrun {

class RankTeam;

struct Model {
  std::vector<ValueInfo> inputs, outputs;
  std::vector<const Backend*> backends;
  std::vector<PassReport> passes;
  std::shared_ptr<ProgramContext> context;
  std::unique_ptr<Program> program;
  int threads = 1;
  double load_milliseconds = 0;
  // A model that is divided over devices is its first rank's; these are the others', and what runs all of them. Null for any other model.
  std::vector<std::shared_ptr<const Model>> other_ranks;
  std::unique_ptr<RankTeam> team;

  Model();
  ~Model();
};

// Imports, optimises, assigns and, where the input shapes are fixed, specialises. A file that another session of this process holds
// with equal options is not read again unless it changed on disk.
std::shared_ptr<const Model> load_model(const std::filesystem::path& file, const Options& options);
std::shared_ptr<const Model> load_model(std::span<const std::byte> bytes, const Options& options);
// The same with backends that the registry needn't know, in place of those that the options name; nothing is shared.
std::shared_ptr<const Model> load_model(const std::filesystem::path& file, const Options& options, std::vector<const Backend*> backends);
// The same model on other devices, with backends that the passes treat like the other's: nothing is read, folded or laid out on the host
// anew.
std::shared_ptr<const Model> load_beside(const Model& other, const Options& options, std::vector<const Backend*> backends);
// The model divided over devices: for each rank its backends, the device's first.
std::shared_ptr<const Model> load_ranks(const std::filesystem::path& file, const Options& options,
                                        const std::vector<std::vector<const Backend*>>& backends);

// Whether the passes treat both alike: they differ in their devices at most.
bool alike(const Backend* a, const Backend* b);

ValueInfo describe_value(const std::string& name, const Type& type);

// The mode that is meant: kDefault becomes kFast where DNNL_DEFAULT_FPMATH_MODE asks for bf16.
Math effective_math(Math math);
std::string_view math_name(Math math);

}  // namespace onnxrun
