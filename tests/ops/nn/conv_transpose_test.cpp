#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("conv transpose: groups, pads, dilations and output_padding (values of onnxruntime)") {
  const OpCase c{"ConvTranspose",
                 {{"group", std::int64_t{2}},
                  {"strides", Ints{2, 1}},
                  {"pads", Ints{1, 0, 0, 1}},
                  {"output_padding", Ints{1, 0}},
                  {"dilations", Ints{1, 2}}}};
  const auto y = run_op(c, {ramp({1, 2, 2, 2}), ramp({2, 1, 3, 3}, -2, 0.5f)});
  check_tensor(y[0], f32({1, 2, 5, 5}, {0,  -0.5f, 0,  0,  0,     -4, -5, -3,    -3, -2, -1, -1.5f, 0,  0,  1,  2,  3,
                                        3,  4.5f,  4,  0,  0,     0,  0,  0,     16, 20, 18, 22.5f, 20, 37, 45, 42, 51,
                                        47, 24,    28, 27, 31.5f, 30, 33, 38.5f, 36, 42, 39, 0,     0,  0,  0,  0}));
}

TEST_CASE("conv transpose: output_shape is reached by pads, or by zeros behind the end") {
  const Tensor x = ramp({1, 1, 3}), w = f32({1, 1, 3}, {1, 2, 3});
  const auto run = [&](Attributes attrs) {
    attrs.set("strides", Ints{2});
    return run_op({"ConvTranspose", std::move(attrs)}, {x, w})[0];
  };
  check_tensor(run({}), f32({1, 1, 7}, {0, 0, 1, 2, 5, 4, 6}));
  check_tensor(run({{"output_shape", Ints{6}}, {"auto_pad", std::string("SAME_UPPER")}}), f32({1, 1, 6}, {0, 0, 1, 2, 5, 4}));
  check_tensor(run({{"output_shape", Ints{6}}}), f32({1, 1, 6}, {0, 1, 2, 5, 4, 6}));
  check_tensor(run({{"output_shape", Ints{1, 1, 8}}}), f32({1, 1, 8}, {0, 0, 1, 2, 5, 4, 6, 0}));
  check_tensor(run({{"auto_pad", std::string("SAME_LOWER")}}), f32({1, 1, 6}, {0, 1, 2, 5, 4, 6}));
}

TEST_CASE("conv transpose: symbolic shapes and layout") {
  const OpCase c{"ConvTranspose", {{"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}, {"output_padding", Ints{1, 1}}}};
  CHECK(infer_op(c, {"f32[N, 8, H, 7]@channels_last", "f32[8, 4, 3, 3]", "f32[4]"}) == "f32[N, 4, 2*H, 14]@channels_last");
  CHECK(infer_op({"ConvTranspose", {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{3}}}},
                 {"f32[N, 8, L]", "f32[8, 4, 5]"}) == "f32[N, 4, 3*L]");
}

TEST_CASE("conv transpose: wrong nodes are errors") {
  const auto error = [](Attributes attrs, std::vector<std::string> types) {
    return infer_error({"ConvTranspose", std::move(attrs)}, types);
  };
  const std::string x = "f32[1, 4, 8]", w = "f32[4, 2, 3]";
  CHECK(error({}, {x, w}) == "");
  CHECK(error({}, {x, "f32[3, 2, 3]"}).find("input channels") != std::string::npos);
  CHECK(error({{"group", std::int64_t{3}}}, {x, w}).find("3 groups") != std::string::npos);
  CHECK(error({{"group", std::int64_t{0}}}, {x, w}).find("group is 0") != std::string::npos);
  CHECK(error({{"pads", Ints{9, 9}}}, {x, w}).find("pads are too large") != std::string::npos);
  CHECK(error({{"output_padding", Ints{-1}}}, {x, w}).find("output_padding") != std::string::npos);
  CHECK(error({{"output_shape", Ints{4, 4}}}, {x, w}).find("output_shape") != std::string::npos);
  CHECK(error({}, {x, w, "f32[3]"}).find("input 2") != std::string::npos);
  CHECK(error({}, {x, "f32[4, 2]"}).find("rank") != std::string::npos);
}
