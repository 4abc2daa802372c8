// onnxrun.Reorder on oneDNN.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {

TEST_CASE("onednn: Reorder moves the elements of tensors of rank 3 to 5") {
  for (const std::string_view shape :
       {"[2, 37, 13]", "[1, 3, 24, 20]", "[2, 64, 7, 7]", "[1, 5, 1, 9]", "[2, 4, 3, 5, 6]", "[0, 3, 4, 4]", "[1, 8, 1, 1]"}) {
    check_on_every_backend(
        fmt::format("graph main(%x: f32{}) -> (%z) {{\n  %y = onnxrun.Reorder(%x) {{layout = \"channels_last\"}}\n"
                    "  %z = onnxrun.Reorder(%y) {{layout = \"plain\"}}\n}}\n",
                    shape));
  }
}

}  // namespace onnxrun::test
