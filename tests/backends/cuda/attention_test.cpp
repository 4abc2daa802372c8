// Attention on cuda by a library's fused kernel, where it has one; the tiled kernel's cases are in compute_test.cpp.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "backends/cuda/device.h"
#include "engine/backend/registry.h"
#include "engine/base/half.h"
#include "engine/model.h"
#include "onnxrun/session.h"
#include "tests/support/cuda_emulated.h"
#include "tests/support/op_case.h"
#include "tests/support/random.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

struct Made {
  std::vector<float> y;
  std::string kernel;
  std::int64_t recordings = 0;
};

// Two of the same, one after the other, three times.
Made attention_on(std::string_view library, const char* type) {
  const TempModel file(fmt::format("graph net(%q: {0}[2, 3, 5, 8], %k: {0}[2, 3, 7, 8], %m: f32[2, 1, 1, 7]) -> (%y) {{\n"
                                   " %a = Attention(%q, %k, %k, %m)\n %y = Attention(%a, %k, %k, %m)\n}}", type));
  Session session(load_model(file.path(), {.backends = {"cuda"}}, emulated_before_reference(library)), {});
  const DType dtype = std::string_view(type) == "f16" ? DType::kFloat16 : DType::kFloat32;
  const std::vector<Tensor> x{random_tensor(dtype, {2, 3, 5, 8}, 1), random_tensor(dtype, {2, 3, 7, 8}, 2),
                              random_tensor(DType::kFloat32, {2, 1, 1, 7}, 3)};
  Made made;
  for (int run = 0; run < 3; ++run) {
    const Tensor y = session.run(x)[0];
    made.y.clear();
    if (dtype == DType::kFloat16) {
      for (const Float16 v : y.view<Float16>()) made.y.push_back(static_cast<float>(v));
    }
  }
  const Explanation e = session.explain();
  for (const NodeExplanation& node : e.nodes) {
    if (node.op == "Attention") made.kernel = node.kernel;
  }
  made.recordings = e.replay.recordings;
  return made;
}

TEST_CASE("cuda attention: the library's fused kernel where it has one, else the tiled one, with the same results") {
  const Made fused = attention_on("ampere", "f16"), tiled = attention_on("host", "f16");
  CHECK(fused.kernel == "cuda attention, emulated, fused");
  CHECK(tiled.kernel == "cuda attention");
  CHECK(fused.y == tiled.y);
  CHECK(fused.recordings == 1);
  CHECK(attention_on("ampere", "f32").kernel == "cuda attention");
}

TEST_CASE("cuda attention: what is alike shares a handle, a refusal too") {
  auto& device = static_cast<cuda::CudaDevice&>(*device_of(emulated_cuda("ampere")));
  cuda::HandleCache cache(4);
  cuda::AttentionArgs args{.type = cuda::Elem::kBF16, .batch = 1, .heads = 1, .kv_heads = 1, .queries = 2, .keys = 2, .size = 8, .v_size = 8};
  const auto first = cuda::attention_handle(cache, device.api(), args);
  CHECK(first->get() != nullptr);
  CHECK(first->workspace() > 0);
  CHECK(cuda::attention_handle(cache, device.api(), args) == first);
  args.type = cuda::Elem::kF32;
  const auto none = cuda::attention_handle(cache, device.api(), args);
  CHECK(none->get() == nullptr);
  CHECK(none->workspace() == 0);
  CHECK(cuda::attention_handle(cache, device.api(), args) == none);
}

}  // namespace
}  // namespace onnxrun::test
