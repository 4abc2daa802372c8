// A model directory as exporters write it: model.onnx, config.json, tokenizer files, preprocessor_config.json.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace onnxrun::tools {

struct ModelDirectory {
  std::filesystem::path folder;
  std::filesystem::path model;
  nlohmann::json config, preprocessor;  // empty objects when the files aren't there
  std::map<std::int64_t, std::string> labels;  // config's id2label
  bool multi_label = false;                    // problem_type multi_label_classification: independent probabilities

  // The label, or "LABEL_3" when the config names none.
  std::string label(std::int64_t id) const;
  // From config's architectures, else from the files beside the model: "text-classification", "embedding", "image-classification".
  // Throws Error(kUsage) when neither tells.
  std::string guess_task() const;
};

// `path`: a model directory, or a .onnx file inside one. Throws Error(kUsage).
ModelDirectory open_model_directory(const std::filesystem::path& path);

}  // namespace onnxrun::tools
