#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("conv: groups, strides, pads and dilations (values of onnxruntime)") {
  const OpCase c{"Conv",
                 {{"group", std::int64_t{2}}, {"strides", Ints{2, 1}}, {"pads", Ints{1, 0, 1, 2}}, {"dilations", Ints{1, 2}}}};
  const auto y = run_op(c, {ramp({1, 2, 4, 5}), ramp({4, 1, 3, 3}, -4, 0.5f), f32({4}, {1, 2, 3, 4})});
  check_tensor(y[0],
               f32({1, 4, 2, 3}, {-17.5f,  -17.5f, -23.5f, -164, -129.5f, -143, 105,  64.5f,   76.5f,   323,  195.5f,  209,
                                  1157.5f, 746.5f, 776.5f, 2070, 1330.5f, 1371, 1820, 1188.5f, 1236.5f, 3367, 2195.5f, 2263}));
}

TEST_CASE("conv: auto_pad puts the odd element where it says") {
  const Tensor x = ramp({1, 1, 5}), w = f32({1, 1, 4}, {1, 2, 3, 4});
  check_tensor(run_op({"Conv", {{"auto_pad", std::string("SAME_LOWER")}, {"strides", Ints{2}}}}, {x, w})[0],
               f32({1, 1, 3}, {4, 20, 20}));
  check_tensor(run_op({"Conv", {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2}}}}, {x, w})[0],
               f32({1, 1, 3}, {11, 30, 11}));
  check_tensor(run_op({"Conv", {{"auto_pad", std::string("VALID")}}}, {x, w})[0], f32({1, 1, 2}, {20, 30}));
}

TEST_CASE("conv: an empty batch gives an empty output") {
  check_tensor(run_op({"Conv"}, {f32({0, 1, 3}, {}), f32({2, 1, 2}, {1, 2, 3, 4})})[0], f32({0, 2, 2}, {}));
}

TEST_CASE("conv: symbolic shapes") {
  const OpCase c{"Conv", {{"strides", Ints{2, 2}}, {"pads", Ints{3, 3, 3, 3}}}};
  CHECK(infer_op(c, {"f32[N, 3, 224, W]", "f32[64, 3, 7, 7]"}) == "f32[N, 64, 112, floordiv(W + 1, 2)]");
  CHECK(infer_op({"Conv", {{"pads", Ints{1, 1}}}}, {"bf16[N, C, L]", "bf16[8, 4, 3]"}) == "bf16[N, 8, L]");
  CHECK(infer_op({"Conv", {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2}}}}, {"f32[N, 4, L]", "f32[8, 4, 3]"}) ==
        "f32[N, 8, floordiv(L + 1, 2)]");
  CHECK(infer_op({"Conv"}, {"f32[...]", "f32[8, 4, 3]"}) == "f32[...]");
}

TEST_CASE("conv: the layout of the input is that of the output") {
  CHECK(infer_op({"Conv"}, {"f32[N, 4, 8, 8]@channels_last", "f32[8, 4, 1, 1]"}) == "f32[N, 8, 8, 8]@channels_last");
}

TEST_CASE("conv: wrong nodes are errors with a reason") {
  const auto error = [](Attributes attrs, std::vector<std::string> types) {
    return infer_error({"Conv", std::move(attrs)}, types);
  };
  const std::string x = "f32[1, 4, 8, 8]", w = "f32[6, 4, 3, 3]";
  CHECK(error({}, {x, w}) == "");
  CHECK(error({}, {x}).find("2 to 3") != std::string::npos);
  CHECK(error({}, {x, "f32[6, 3, 3, 3]"}).find("has 4 channels") != std::string::npos);
  CHECK(error({{"group", std::int64_t{0}}}, {x, w}).find("group is 0") != std::string::npos);
  CHECK(error({{"group", std::int64_t{4}}}, {x, "f32[6, 1, 3, 3]"}).find("don't divide") != std::string::npos);
  CHECK(error({{"group", std::int64_t{-2}}}, {x, w}) != "");
  CHECK(error({{"kernel_shape", Ints{3}}}, {x, w}).find("kernel_shape") != std::string::npos);
  CHECK(error({{"kernel_shape", Ints{5, 3}}}, {x, w}).find("kernel_shape") != std::string::npos);
  CHECK(error({{"kernel_shape", Ints{}}}, {x, "f32[...]"}) != "");
  CHECK(error({{"strides", Ints{0, 1}}}, {x, w}).find("strides") != std::string::npos);
  CHECK(error({{"dilations", Ints{1}}}, {x, w}).find("dilations") != std::string::npos);
  CHECK(error({{"pads", Ints{1, 1}}}, {x, w}).find("pads") != std::string::npos);
  CHECK(error({{"pads", Ints{1, 1, -9, 1}}}, {x, w}).find("pads") != std::string::npos);
  CHECK(error({{"pads", Ints{1, 1, 1, std::int64_t{1} << 62}}}, {x, w}).find("pads") != std::string::npos);
  CHECK(error({{"auto_pad", std::string("FULL")}}, {x, w}).find("auto_pad") != std::string::npos);
  CHECK(error({}, {x, "f32[6, 4, 9, 3]"}).find("kernel covers 9") != std::string::npos);
  CHECK(error({}, {x, "f32[6, 4, 0, 3]"}) != "");
  CHECK(error({}, {x, "f32[6, 4, 3]"}).find("rank") != std::string::npos);
  CHECK(error({}, {"f32[1, 4]", "f32[6, 4]"}).find("rank 3") != std::string::npos);
  CHECK(error({}, {"f32[]", "f32[]"}) != "");
  CHECK(error({}, {x, "f64[6, 4, 3, 3]"}).find("element types") != std::string::npos);
  CHECK(error({}, {"i32[1, 4, 8, 8]", "i32[6, 4, 3, 3]"}).find("i32") != std::string::npos);
  CHECK(error({}, {x, w, "f32[5]"}).find("[6]") != std::string::npos);
  CHECK(error({{"strides", std::string("2")}}, {x, w}).find("strides") != std::string::npos);
}
