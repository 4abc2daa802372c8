// Loads the model given as argument, runs it on ones and prints the outputs; a missing file must arrive as onnxrun::Error.
#include <onnxrun/session.h>
#include <onnxrun/error.h>
#include <onnxrun/version.h>

#include <algorithm>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::printf("onnxrun %s\n", onnxrun::version());
  try {
    onnxrun::Session missing("/nonexistent/model.onnx");
    return 3;
  } catch (const onnxrun::Error& e) {
    if (e.code() != onnxrun::ErrorCode::kBadModel) return 4;
  }
  onnxrun::Session session(argv[1]);
  std::vector<onnxrun::Tensor> inputs;
  for (const auto& info : session.inputs()) {
    onnxrun::Shape shape;
    for (const auto& d : info.dims) shape.push_back(d.size >= 0 ? d.size : 1);
    inputs.emplace_back(info.dtype, shape);
    std::ranges::fill(inputs.back().view<float>(), 1.0f);
  }
  for (const auto& output : session.run(inputs)) {
    for (const float v : output.view<float>()) std::printf("%g ", static_cast<double>(v));
  }
  std::printf("\n");
}
