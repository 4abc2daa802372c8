#include "tests/support/temp_model.h"

#include <unistd.h>

#include <atomic>
#include <string>

#include "engine/import/import.h"
#include "engine/ir/text.h"

namespace onnxrun::test {

TempModel::TempModel(std::string_view text) {
  static std::atomic<int> count{0};
  path_ = std::filesystem::temp_directory_path() / ("onnxrun_test_" + std::to_string(getpid()) + "_" + std::to_string(++count) + ".onnx");
  export_onnx(parse_graph(text), path_);
}

TempModel::~TempModel() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace onnxrun::test
