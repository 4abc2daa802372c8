// What the subcommands share: options that every one of them takes, and how they print.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "onnxrun/introspect.h"
#include "onnxrun/session.h"
#include "tools/io/arguments.h"

namespace onnxrun::tools {

using Json = nlohmann::ordered_json;

// --backend, --threads, --math, --set, --dim, --disable-pass, --stop-after, --memory-limit, --json, --quiet.
struct CommonOptions {
  std::string model;
  std::vector<std::string> backends;
  int threads = 0;
  std::string math = "default";
  std::vector<std::string> settings;   // KEY=VALUE
  std::vector<std::string> dims;       // NAME=SIZE
  std::vector<std::string> disabled_passes;
  std::string stop_after;
  std::uint64_t memory_limit_mb = 0;
  bool json = false;
  bool quiet = false;

  Options options() const;             // throws Error(kUsage)
};

// Adds the options; `model` too unless `with_model` is false. The struct must outlive parsing.
std::shared_ptr<CommonOptions> add_common(Arguments app, bool with_model = true);

// "NAME=1x3x224x224" -> name and shape. Throws Error(kUsage).
std::pair<std::string, Shape> parse_shape(const std::string& text);
// "KEY=VALUE", split at the first '='. Throws Error(kUsage) naming `option`.
std::pair<std::string, std::string> parse_pair(const std::string& text, const char* option);
[[noreturn]] void given_twice(const std::string& name, const char* option);  // throws that Error
// Gives `name` its value. Throws Error(kUsage) naming `option` when the arguments gave it another one before.
template <class Map>
void set_once(Map& values, const std::string& name, typename Map::mapped_type value, const char* option) {
  const auto [at, added] = values.try_emplace(name, value);
  if (!added && at->second != value) given_twice(name, option);
}
// The model file itself, or model.onnx inside a model directory. Throws Error(kUsage) for a directory without one.
std::filesystem::path model_file(const std::string& path);

// A table with aligned columns, the first row being the head.
void print_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace onnxrun::tools
