// A task: rows of some input become tensors, tensors become JSON.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onnxrun/session.h"
#include "tools/batch/model_dir.h"
#include "tools/io/common.h"

namespace onnxrun::tools {

// One row of the input, read but not yet scored.
struct Row {
  Json id;                          // what the output line begins with: {"file": ...} or {"id": ...}
  std::string text;                 // for text tasks; the file's path for images
  std::string error;                // why the row can't be scored; empty when it can
  std::vector<std::int64_t> tokens; // text tasks
  std::vector<float> pixels;        // image tasks, in the model's own order
};

struct TaskOptions {
  std::string label_key = "label";
  int top = 1;               // best labels to report
  bool normalize = false;    // embeddings of length 1
  bool quiet = false;        // nothing on stderr
};

struct Task {
  std::string name;
  // Reads `path` (a file of lines, or a folder), in a fixed order. Throws Error(kUsage) when there is nothing to read.
  std::function<std::vector<Row>(const std::filesystem::path& path)> list;
  // Fills tokens or pixels, or sets `error`. Thread-safe.
  std::function<void(Row&)> prepare;
  // Rough cost of a prepared row, for batches of like rows.
  std::function<std::size_t(const Row&)> length;
  // Inputs, in the session's order, for prepared rows without errors.
  std::function<std::vector<Tensor>(const std::vector<const Row*>&)> inputs;
  // One JSON object per row, from the outputs of a run on them.
  std::function<std::vector<Json>(const std::vector<const Row*>&, const std::vector<Tensor>& outputs)> results;
};

Task make_text_task(const std::string& name, const ModelDirectory& folder, const Session& session, const TaskOptions& options);
Task make_image_task(const ModelDirectory& folder, const Session& session, const TaskOptions& options);

// Label and score of the best classes from one row of logits or probabilities: {"label": ..., "score": ...} and, for top > 1, "top".
Json classify(std::span<const float> row, const ModelDirectory& folder, const TaskOptions& options);

}  // namespace onnxrun::tools
