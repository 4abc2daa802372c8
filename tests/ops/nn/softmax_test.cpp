#include <doctest/doctest.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

TEST_CASE("softmax: every axis, every float type") {
  for (const char* dtype : {"f32", "f64", "f16", "bf16"}) {
    for (const char* axis : {"-1", "0", "1", "2"}) {
      for (const char* op : {"Softmax", "LogSoftmax"}) {
        check_on_every_backend(std::string("graph(%x: ") + dtype + "[3, 5, 7]) -> (%y) { %y = " + op + "(%x) {axis = " + axis + "} }");
      }
    }
  }
}

TEST_CASE("softmax: values") {
  check_on_every_backend("graph(%x: f32[1, 3]) -> (%y, %z) { %y = Softmax(%x)  %z = LogSoftmax(%x) }",
                         {.tensors = {{"x", Tensor::of<float>({1, 3}, {-1, 0, 1})}},
                          .want = {{"y", Tensor::of<float>({1, 3}, {0.09003057f, 0.24472848f, 0.66524094f})},
                                   {"z", Tensor::of<float>({1, 3}, {-2.4076059f, -1.4076059f, -0.40760595f})}}});
  check_on_every_backend("graph(%x: f32[2]) -> (%y) { %y = Softmax(%x) }", {.tensors = {{"x", Tensor::of<float>({2}, {1e30f, 1e30f})}},
                                                                            .want = {{"y", Tensor::of<float>({2}, {0.5f, 0.5f})}}});
}

TEST_CASE("softmax: scalars, empty and long tensors") {
  check_on_every_backend("graph(%x: f32[2, 0, 3]) -> (%y) { %y = Softmax(%x) }");
  check_on_every_backend("graph(%x: f32[3, 1023]) -> (%y) { %y = Softmax(%x) }", {.ranges = {{"x", {-30, 30}}}});
}

}  // namespace
}  // namespace onnxrun::test
