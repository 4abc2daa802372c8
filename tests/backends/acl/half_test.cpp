// Tensors in f16, family by family, where the processor computes in it; elsewhere refused with the reason.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/backend/registry.h"
#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

const BackendTraits* acl() {
  for (const Backend* b : registered_backends()) {
    if (b->traits().name == "acl") return &b->traits();
  }
  return nullptr;
}

bool has(std::string_view extension) { return acl()->about.find(extension) != std::string::npos; }

// Of products, whose kernels round every partial sum to f16, too: a few units in the last place of the largest of them.
const CheckOptions kSums = {.tolerance = Tolerance{4e-3, 4e-3}};

void check(std::string_view text, CheckOptions options = {}) {
  if (has(" fp16")) {
    options.claimed_by = {"acl"};
  } else {
    options.refused_by = {{"acl", "f16"}};
  }
  check_on_every_backend(text, options);
}

void check_conv(std::string_view op, std::string_view x, std::string_view w, std::string_view attributes) {
  check(fmt::format("graph main(%x: f16{}) -> (%y) {{\n  %w = const f16{} seed(1)\n  %y = {}(%x, %w) {{{}}}\n}}", x, w, op, attributes));
}

void check_product(std::string_view a, std::string_view b, std::string_view attributes) {
  check(fmt::format("graph main(%a: f16{}) -> (%y) {{\n  %b = const f16{} seed(1)\n  %y = onnxrun.FusedMatMul(%a, %b) {{{}}}\n}}", a, b,
                    attributes),
        kSums);
}

// One tensor in, one out.
void check_one(std::string_view op, std::string_view x, std::string_view attributes = "", const CheckOptions& options = {}) {
  check(fmt::format("graph main(%x: f16{}) -> (%y) {{\n  %y = {}(%x) {{{}}}\n}}", x, op, attributes), options);
}

}  // namespace

TEST_CASE("acl f16: convolutions") {
  for (const char* layout : {"@channels_last", ""}) {
    const auto x = [&](std::string_view sizes) { return fmt::format("[{}]{}", sizes, layout); };
    check_conv("Conv", x("1, 16, 7, 6"), "[12, 16, 3, 3]", "pads = [1, 1, 1, 1]");
    check_conv("Conv", x("2, 16, 9, 8"), "[12, 16, 3, 3]", "strides = [2, 2]");
    check_conv("Conv", x("1, 40, 5, 6"), "[33, 40, 1, 1]", "");
    check_conv("Conv", x("1, 16, 17"), "[12, 16, 5]", "dilations = [2]");
    for (const int kernel : {3, 5, 7}) {
      for (const int stride : {1, 2}) {
        check_conv("Conv", x("1, 16, 12, 11"), fmt::format("[16, 1, {}, {}]", kernel, kernel), fmt::format("group = 16, strides = [{}, {}]", stride, stride));
      }
    }
    check_conv("ConvTranspose", x("1, 8, 5, 4"), "[8, 6, 3, 3]", "strides = [2, 2], pads = [1, 1, 1, 1]");
  }
  check("graph main(%x: f16[1, 16, 7, 6]@channels_last, %r: f16[1, 12, 7, 6]@channels_last) -> (%y) {\n"
        "  %w = const f16[12, 16, 3, 3] seed(1)\n  %b = const f16[12] seed(2)\n"
        "  %y = onnxrun.FusedConv(%x, %w, %b, %r) {pads = [1, 1, 1, 1], activation = \"Relu\"}\n}");
}

TEST_CASE("acl f16: matrix products") {
  for (const char* a : {"[1, 64]", "[5, 64]", "[32, 64]", "[2, 3, 64]"}) {
    for (const char* b : {"[64, 8]", "[64, 18]", "[64, 100]"}) check_product(a, b, "");
  }
  check_product("[33, 64]", "[50, 64]", "transB = 1");
  check_product("[64, 33]", "[64, 50]", "transA = 1, scale = 0.125");
  check("graph main(%a: f16[2, 3, 7, 20], %b: f16[2, 3, 20, 9]) -> (%y) {\n  %y = MatMul(%a, %b)\n}");
  check("graph main(%a: f16[6, 20], %b: f16[20, 9], %c: f16[9]) -> (%y) {\n  %y = Gemm(%a, %b, %c)\n}");
  for (const char* activation : {"Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Swish", "Gelu", "GeluTanh", "Elu", "Clip"}) {
    check(fmt::format("graph main(%a: f16[5, 24], %r: f16[5, 18]) -> (%y) {{\n  %b = const f16[24, 18] seed(1)\n  %c = const f16[18] seed(2)\n"
                      "  %y = onnxrun.FusedMatMul(%a, %b, %c, %r) {{activation = \"{}\", act_alpha = 0.5, act_beta = 1.5}}\n}}", activation),
          kSums);
  }
}

TEST_CASE("acl f16: pooling, resize and concat") {
  for (const char* layout : {"@channels_last", ""}) {
    const std::string x = fmt::format("[1, 19, 8, 7]{}", layout);
    for (const char* op : {"MaxPool", "AveragePool"}) {
      check_one(op, x, "kernel_shape = [3, 3]");
      check_one(op, x, "kernel_shape = [2, 2], strides = [2, 2], pads = [1, 0, 1, 1]");
    }
    check_one("GlobalAveragePool", x);
    check_one("GlobalMaxPool", x);
  }
  for (const char* mode : {"mode = \"nearest\", coordinate_transformation_mode = \"asymmetric\", nearest_mode = \"floor\"",
                           "mode = \"linear\", coordinate_transformation_mode = \"half_pixel\""}) {
    check(fmt::format("graph main(%x: f16[1, 9, 5, 4]@channels_last) -> (%y) {{\n  %s = const f32[4] {{1, 1, 2, 2}}\n"
                      "  %y = Resize(%x, _, %s) {{{}}}\n}}", mode));
  }
  for (const int axis : {0, 1, 2}) {
    check(fmt::format("graph main(%x: f16[2, 3, 5], %z: f16[2, 3, 5]) -> (%y) {{\n  %y = Concat(%x, %z) {{axis = {}}}\n}}", axis));
  }
}

TEST_CASE("acl f16: softmax, reductions and normalisation") {
  for (const int axis : {0, 1, 2}) {
    check_one("Softmax", "[4, 19, 6]", fmt::format("axis = {}", axis));
    check_one("LogSoftmax", "[4, 19, 6]", fmt::format("axis = {}", axis));
    for (const char* op : {"ReduceSum", "ReduceMean", "ReduceProd"}) {
      check(fmt::format("graph main(%x: f16[4, 19, 6]) -> (%y) {{\n  %a = const i64[1] {{{}}}\n  %y = {}(%x, %a)\n}}", axis, op));
    }
  }
  for (const char* layout : {"@channels_last", ""}) {
    check(fmt::format("graph main(%x: f16[2, 11, 5, 4]{}) -> (%y) {{\n  %s = const f16[11] seed(1)\n  %b = const f16[11] seed(2)\n"
                      "  %m = const f16[11] seed(3)\n  %v = const f16[11] fill(0.5)\n  %y = BatchNormalization(%x, %s, %b, %m, %v)\n}}", layout));
  }
  check_one("LRN", "[1, 9, 4, 5]", "size = 3");
}

TEST_CASE("acl f16: element by element") {
  for (const char* op : {"Relu", "LeakyRelu", "Sigmoid", "Tanh", "Elu", "HardSwish", "Gelu", "Neg", "Abs", "Round"}) {
    check_one(op, "[3, 41]", "", {.ranges = {{"x", {-6, 6}}}});
  }
  check_one("Swish", "[3, 41]", "alpha = 1.0", {.ranges = {{"x", {-6, 6}}}});
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Max", "Min"}) {
    for (const char* z : {"[3, 41]", "[41]", "[3, 1]"}) {
      check(fmt::format("graph main(%x: f16[3, 41], %z: f16{}) -> (%y) {{\n  %y = {}(%x, %z)\n}}", z, op), {.ranges = {{"z", {0.5, 2}}}});
    }
  }
}

TEST_CASE("acl f16: fast where there is no bf16") {
  REQUIRE(acl() != nullptr);
  CHECK(acl()->fast_in.contains(DType::kFloat16) == (has(" fp16") && !has(" bf16")));
}

}  // namespace onnxrun::test
