#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

// `inputs` are types separated by semicolons; the program's registers count them first.
void check(std::string_view inputs, std::string_view program, CheckOptions options = {}) {
  options.claimed_by = {"cpu"};
  std::string declared, used;
  int n = 0;
  for (std::size_t at = 0; at <= inputs.size(); ++n) {
    const std::size_t end = std::min(inputs.find(';', at), inputs.size());
    declared += fmt::format("{}%x{}: {}", n ? ", " : "", n, inputs.substr(at, end - at));
    used += fmt::format("{}%x{}", n ? ", " : "", n);
    at = end + 1;
  }
  check_on_every_backend(
      fmt::format("graph({}) -> (%y) {{ %y = onnxrun.ElementwiseChain({}) {{program = [{}]}} }}", declared, used, program),
      options);
}

TEST_CASE("cpu elementwise chain: every instruction") {
  for (const char* op : {"Neg 0",
                         "Abs 0",
                         "Exp 0",
                         "Erf 0",
                         "Floor 0",
                         "Ceil 0",
                         "Round 0",
                         "Square 0",
                         "Relu 0",
                         "Sigmoid 0",
                         "Tanh 0",
                         "HardSwish 0",
                         "Gelu 0",
                         "GeluTanh 0",
                         "LeakyRelu 0 #0.1",
                         "Swish 0 #1.5",
                         "Elu 0 #0.7",
                         "Clip 0 #-1 #2.5",
                         "HardSigmoid 0 #0.3 #0.4",
                         "Reciprocal 0",
                         "Add 0 #2",
                         "Sub #1 0",
                         "Sub 0 #1",
                         "Div #1 0",
                         "Min 0 #0.5",
                         "Max #0.5 0",
                         "Pow 0 #2",
                         "Pow 0 #3",
                         "Pow 0 #-1",
                         "Pow 0 #1",
                         "Pow #2 0"}) {
    check("f32[1000]", fmt::format("\"{}\"", op), {.ranges = {{"x0", {-12, 12}}}});
    check("bf16[37]", fmt::format("\"{}\"", op), {.ranges = {{"x0", {-4, 4}}}});
  }
  for (const char* op : {"Sqrt 0", "Log 0", "Pow 0 #0.5", "Pow 0 #1.7", "Pow 0 0"}) {
    check("f32[1000]", fmt::format("\"{}\"", op), {.ranges = {{"x0", {0, 12}}}});
    check("f16[37]", fmt::format("\"{}\"", op), {.ranges = {{"x0", {0.1, 4}}}});
  }
}

TEST_CASE("cpu elementwise chain: registers are kept as long as they are needed") {
  check(
      "f32[4, 700];f32[700];f32[]",
      R"("Add 0 1", "Mul 3 #0.5", "Gelu 4", "Sub #1 5", "Clip 6 #-1 #1.5", "Mul 2 7", "Add 8 0", "Relu 9", "Mul 10 3",
          "Add 11 5")");
  check("f32[3000];f32[3000]", R"("Add 0 1", "Sub 0 1", "Mul 2 3", "Add 4 2", "Add 5 3", "Mul 0 6")");
  check("f32[50]", R"("Relu 0", "Exp 0")");  // the first result is not used
}

TEST_CASE("cpu elementwise chain: broadcasting") {
  const char* program = R"("Sub 0 1", "Mul 2 0", "Add 3 1")";
  for (const char* types : {
           "f32[5];f32[5]",
           "f32[];f32[]",
           "f32[1, 1];f32[1]",
           "f32[7];f32[]",
           "f32[];f32[7]",
           "f32[40, 37];f32[37]",
           "f32[37];f32[40, 37]",
           "f32[40, 37];f32[40, 1]",
           "f32[3, 513];f32[3, 1]",
           "f32[3, 513];f32[513]",
           "f32[2, 1030];f32[1, 1]",
           "f32[2, 3, 1];f32[3, 700]",
           "f32[4, 1, 3, 1];f32[1, 5, 1, 6]",
           "f32[300, 3, 2, 2, 2];f32[3, 1, 2, 1]",
           "f32[900, 3];f32[900, 1]",
           "f32[2, 2, 2, 2, 2, 2, 2, 3];f32[2, 1, 2, 1, 2, 1, 2, 1]",
           "f32[12, 20, 300];f32[12, 1, 300]",
           "f32[0, 4];f32[4]",
           "f32[3, 0];f32[3, 1]",
           "f32[0];f32[1]",
           "bf16[40, 37];bf16[37]",
           "bf16[3, 513];bf16[3, 1]",
           "f16[6, 5];f16[]",
           "bf16[5];bf16[5]",
           "f16[4, 600];f16[4, 1]",
       }) {
    check(types, program);
  }
}

TEST_CASE("cpu elementwise chain: channels-last tensors with parameters per channel") {
  const char* program = R"("Mul 0 1", "Relu 2")";
  for (const char* types : {
           "f32[2, 64, 5, 7]@channels_last;f32[64, 1, 1]",
           "f32[2, 64, 5, 7]@channels_last;f32[1, 64, 1, 1]",
           "f32[2, 300, 4, 4]@channels_last;f32[2, 300, 1, 1]@channels_last",
           "f32[2, 6, 31, 33];f32[1, 6, 1, 1]",
           "f32[2, 6, 5, 3]@channels_last;f32[2, 6, 5, 3]",
           "f32[2, 6, 5, 3];f32[2, 6, 5, 3]@channels_last",
           "f32[2, 6, 5, 3]@channels_last;f32[5, 3]",
           "f32[2, 260, 5]@channels_last;f32[2, 260, 5]",
           "bf16[2, 6, 5]@channels_last;bf16[6, 1]",
       }) {
    check(types, program);
  }
}

TEST_CASE("cpu elementwise chain: refusals name the instruction") {
  check_on_every_backend(R"(graph(%x: f32[4]) -> (%y) { %y = onnxrun.ElementwiseChain(%x) {program = ["LeakyRelu 0 0"]} })",
                         {.refused_by = {{"cpu", "LeakyRelu 0 0"}}});
  check_on_every_backend(R"(graph(%x: f64[4]) -> (%y) { %y = onnxrun.ElementwiseChain(%x) {program = ["Relu 0"]} })",
                         {.refused_by = {{"cpu", "f64"}}});
}

}  // namespace
}  // namespace onnxrun::test
