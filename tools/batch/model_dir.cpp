#include "tools/batch/model_dir.h"

#include <fmt/core.h>

#include "onnxrun/error.h"
#include "tools/io/file.h"

namespace onnxrun::tools {
ModelDirectory open_model_directory(const std::filesystem::path& path) {
  ModelDirectory d;
  const bool folder = std::filesystem::is_directory(path);
  d.folder = folder ? path : path.parent_path();
  d.model = folder ? path / "model.onnx" : path;
  if (!std::filesystem::exists(d.model)) throw Error(ErrorCode::kUsage, fmt::format("there is no model {}", d.model.string()));
  d.config = read_json_if(d.folder / "config.json");
  d.preprocessor = read_json_if(d.folder / "preprocessor_config.json");
  try {
    const auto labels = d.config.value("id2label", nlohmann::json::object());
    for (const auto& [id, label] : labels.items()) d.labels[std::stoll(id)] = label.get<std::string>();
    d.multi_label = d.config.contains("problem_type") && d.config["problem_type"] == "multi_label_classification";
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kUsage, fmt::format("{}: id2label is not a map from numbers to names: {}", (d.folder / "config.json").string(), e.what()));
  }
  return d;
}

std::string ModelDirectory::label(std::int64_t id) const {
  const auto at = labels.find(id);
  return at == labels.end() ? fmt::format("LABEL_{}", id) : at->second;
}

std::string ModelDirectory::guess_task() const {
  if (config.contains("architectures") && config["architectures"].is_array()) {
    for (const auto& name : config["architectures"]) {
      const std::string architecture = name.is_string() ? name.get<std::string>() : "";
      if (architecture.ends_with("ForSequenceClassification")) return "text-classification";
      if (architecture.ends_with("ForImageClassification")) return "image-classification";
    }
  }
  if (!preprocessor.empty()) return "image-classification";
  for (const char* file : {"tokenizer.json", "vocab.txt", "merges.txt"}) {
    if (std::filesystem::exists(folder / file)) return labels.empty() ? "embedding" : "text-classification";
  }
  throw Error(ErrorCode::kUsage, fmt::format("{}: nothing beside the model tells its task; give --task text-classification, embedding or image-classification",
                                             folder.string()));
}

}  // namespace onnxrun::tools
