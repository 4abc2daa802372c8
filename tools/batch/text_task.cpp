// Text classification and embeddings.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "onnxrun/error.h"
#include "tools/batch/task.h"
#include "tools/io/file.h"
#include "tools/text/tokenizer.h"

namespace onnxrun::tools {
namespace {

// A text file: one row a line. A .jsonl file: one object a line, with "text" and, if it likes, "id".
std::vector<Row> list_lines(const std::filesystem::path& path) {
  std::vector<Row> rows;
  std::istringstream in(read_file(path));
  const bool objects = path.extension() == ".jsonl";
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    Row row;
    row.id = {{"id", rows.size()}};
    row.text = line;
    if (objects) {
      if (line.empty()) continue;
      const Json object = Json::parse(line, nullptr, false);
      const bool usable = object.is_object() && object.contains("text") && object["text"].is_string();
      if (usable) row.text = object["text"].get<std::string>();
      if (!usable) row.error = "the line is not a JSON object with a string \"text\"";
      if (object.is_object() && object.contains("id")) row.id["id"] = object["id"];
    }
    rows.push_back(std::move(row));
  }
  if (rows.empty()) throw Error(ErrorCode::kUsage, fmt::format("{} has no lines", path.string()));
  return rows;
}

enum class Role { kIds, kMask, kTypes };

Role role_of(const ValueInfo& info) {
  if (info.name.find("mask") != std::string::npos) return Role::kMask;
  if (info.name.find("type") != std::string::npos || info.name.find("segment") != std::string::npos) return Role::kTypes;
  if (info.name.find("id") != std::string::npos || info.name.find("token") != std::string::npos) return Role::kIds;
  throw Error(ErrorCode::kUsage, fmt::format("input {} ({}) is not one that a text model takes: input_ids, attention_mask, token_type_ids", info.name, info.type));
}

Tensor make_input(const ValueInfo& info, const std::vector<const Row*>& rows, std::int64_t length, std::int64_t pad) {
  const Shape shape = {static_cast<std::int64_t>(rows.size()), length};
  Tensor t(info.dtype, shape);
  const Role role = role_of(info);
  const auto fill = [&]<class T>(std::span<T> out) {
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(length); ++i) {
        const bool real = i < rows[r]->tokens.size();
        const std::int64_t value = role == Role::kIds ? (real ? rows[r]->tokens[i] : pad) : role == Role::kMask ? real : 0;
        out[r * static_cast<std::size_t>(length) + i] = static_cast<T>(value);
      }
    }
  };
  switch (info.dtype) {
    case DType::kInt64: fill(t.view<std::int64_t>()); break;
    case DType::kInt32: fill(t.view<std::int32_t>()); break;
    case DType::kFloat32: fill(t.view<float>()); break;
    default: throw Error(ErrorCode::kUsage, fmt::format("input {} has type {}, want i64, i32 or f32", info.name, info.type));
  }
  return t;
}

// The output that holds what the task wants: by name, else the first float one of a fitting rank.
std::size_t pick_output(const std::vector<ValueInfo>& outputs, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].name == name) return i;
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].dtype == DType::kFloat32) return i;
  }
  throw Error(ErrorCode::kUsage, "the model has no f32 output to read scores from");
}

// [batch, width] as it is; [batch, length, width]: the mean over the row's own tokens.
std::vector<float> embedding_of(const Tensor& t, std::size_t r, std::size_t tokens, bool normalize) {
  const auto all = t.view<float>();
  const Shape& shape = t.shape();
  if (shape.size() != 2 && shape.size() != 3) throw Error(ErrorCode::kUsage, "an embedding output has rank 2 or 3");
  const auto width = static_cast<std::size_t>(shape.back());
  const std::size_t length = shape.size() == 3 ? static_cast<std::size_t>(shape[1]) : 1;
  const std::size_t count = shape.size() == 3 ? std::min(tokens, length) : 1;
  std::vector<double> sum(width, 0);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < width; ++k) sum[k] += static_cast<double>(all[(r * length + i) * width + k]);
  }
  double scale = count > 0 ? 1.0 / static_cast<double>(count) : 1, norm = 0;
  for (const double v : sum) norm += v * v;
  if (normalize && norm > 0) scale = 1 / std::sqrt(norm);
  std::vector<float> out(width);
  std::ranges::transform(sum, out.begin(), [&](double v) { return static_cast<float>(v * scale); });
  return out;
}

}  // namespace

Task make_text_task(const std::string& name, const ModelDirectory& folder, const Session& session, const TaskOptions& options) {
  auto tokenizer = std::make_shared<const Tokenizer>(load_tokenizer(folder.folder));
  const auto* infos = &session.inputs();
  std::size_t longest = tokenizer->max_length;
  std::int64_t fixed = -1;  // some exports fix the length
  for (const ValueInfo& info : *infos) {
    role_of(info);
    if (info.dims.size() == 2 && info.dims[1].size > 0) fixed = info.dims[1].size;
  }
  if (folder.config.contains("max_position_embeddings") && folder.config["max_position_embeddings"].is_number()) {
    const auto positions = folder.config["max_position_embeddings"].get<std::size_t>();
    const bool roberta = folder.config.value("model_type", "").find("roberta") != std::string::npos;  // two positions are never used
    if (positions > 2) longest = std::min(longest, positions - (roberta ? 2 : 0));
  }
  if (fixed > 0) longest = std::min(longest, static_cast<std::size_t>(fixed));

  Task task;
  task.name = name;
  task.list = list_lines;
  task.prepare = [tokenizer, longest](Row& row) {
    Tokenizer limited = *tokenizer;
    limited.max_length = longest;
    row.tokens = limited.encode(row.text);
    if (row.tokens.empty()) row.error = "the text has no tokens";
  };
  task.length = [](const Row& row) { return row.tokens.size(); };
  task.inputs = [infos, tokenizer, fixed](const std::vector<const Row*>& rows) {
    std::int64_t length = fixed;
    if (fixed < 0) {
      for (const Row* row : rows) length = std::max(length, static_cast<std::int64_t>(row->tokens.size()));
    }
    std::vector<Tensor> out;
    for (const ValueInfo& info : *infos) out.push_back(make_input(info, rows, length, tokenizer->pad));
    return out;
  };
  const bool embed = name == "embedding";
  const std::size_t output = embed ? pick_output(session.outputs(), {"sentence_embedding", "pooled_embedding", "pooler_output", "last_hidden_state"})
                                   : pick_output(session.outputs(), {"logits", "probabilities", "scores"});
  task.results = [folder, options, embed, output](const std::vector<const Row*>& rows, const std::vector<Tensor>& outputs) {
    std::vector<Json> out;
    const Tensor& t = outputs[output];
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (embed) {
        out.push_back({{"embedding", embedding_of(t, r, rows[r]->tokens.size(), options.normalize)}});
        continue;
      }
      if (t.shape().size() != 2) throw Error(ErrorCode::kUsage, "a classification output has rank 2");
      const auto classes = static_cast<std::size_t>(t.shape()[1]);
      out.push_back(classify(t.view<float>().subspan(r * classes, classes), folder, options));
    }
    return out;
  };
  return task;
}

}  // namespace onnxrun::tools
