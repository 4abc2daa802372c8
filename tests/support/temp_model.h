// A model file made from a graph's text, removed at the end.
#pragma once

#include <filesystem>
#include <string_view>

namespace onnxrun::test {

class TempModel {
 public:
  explicit TempModel(std::string_view graph_text);
  ~TempModel();
  TempModel(const TempModel&) = delete;
  TempModel& operator=(const TempModel&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace onnxrun::test
