#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

std::string padded(std::string_view reader, std::string_view pad = "Pad(%x, %pads)", std::string_view before = "") {
  return "graph main(%u: f32[1, 2, 5, 5]) -> (%y) {\n %pads = const i64[8] {0, 0, 1, 0, 0, 0, 2, 1}\n %low = const f32[] {-inf}\n"
         " %one = const f32[] {1}\n %short = const i64[2] {1, 1}\n %axis = const i64[1] {-1}\n %n = const i64[8] {0, 1, 0, 0, 0, 0, 0, 0}\n"
         " %back = const i64[8] {0, 0, -1, 0, 0, 0, 0, 0}\n %w = const f32[3, 2, 3, 3] seed(1)\n" +
         std::string(before.empty() ? " %x = Sin(%u)" : before) + "\n %p = " + std::string(pad) + "\n %y = " + std::string(reader) + "\n}";
}
std::string direct(std::string_view reader, std::string_view before = "") {
  return "graph main(%u: f32[1, 2, 5, 5]) -> (%y) {\n %w = const f32[3, 2, 3, 3] seed(1)\n" + std::string(before.empty() ? " %x = Sin(%u)" : before) + "\n %y = " +
         std::string(reader) + "\n}";
}

TEST_CASE("fuse_pad_conv: zeros go into the convolution") {
  check_pass(padded("Conv(%p, %w) {pads = [1, 1, 1, 1]}"), fuse_pad_conv, direct("Conv(%x, %w) {pads = [2, 1, 3, 2]}"));
  check_pass(padded("Conv(%p, %w)", "Pad(%x, %short, _, %axis)"), fuse_pad_conv, direct("Conv(%x, %w) {pads = [0, 1, 0, 1]}"));
  check_same_results(padded("Conv(%p, %w) {strides = [2, 2]}"), fuse_pad_conv);
}

TEST_CASE("fuse_pad_conv: pools take what they ignore") {
  check_pass(padded("AveragePool(%p) {kernel_shape = [3, 3]}"), fuse_pad_conv,
             direct("AveragePool(%x) {kernel_shape = [3, 3], pads = [1, 0, 2, 1], count_include_pad = 1}"));
  check_pass(padded("MaxPool(%p) {kernel_shape = [3, 3]}", "Pad(%x, %pads, %low)"), fuse_pad_conv,
             direct("MaxPool(%x) {kernel_shape = [3, 3], pads = [1, 0, 2, 1]}"));
  check_pass(padded("MaxPool(%p) {kernel_shape = [3, 3]}", "Pad(%x, %pads)", " %x = Relu(%u)"), fuse_pad_conv,
             direct("MaxPool(%x) {kernel_shape = [3, 3], pads = [1, 0, 2, 1]}", " %x = Relu(%u)"));
  check_pass(padded("MaxPool(%p) {kernel_shape = [3, 3], strides = [2, 2]}", "Pad(%x, %pads) {mode = \"edge\"}"), fuse_pad_conv,
             direct("MaxPool(%x) {kernel_shape = [3, 3], strides = [2, 2], pads = [1, 0, 2, 1]}"));
  check_same_results(padded("MaxPool(%p) {kernel_shape = [3, 3]}", "Pad(%x, %pads) {mode = \"edge\"}"), fuse_pad_conv);
  check_same_results(padded("AveragePool(%p) {kernel_shape = [3, 3], strides = [2, 2]}"), fuse_pad_conv);
  check_same_results(padded("MaxPool(%p) {kernel_shape = [3, 3], strides = [2, 2]}", "Pad(%x, %pads)", " %x = Relu(%u)"), fuse_pad_conv);
}

TEST_CASE("fuse_pad_conv: padding that means something else stays") {
  check_pass_unchanged(padded("Conv(%p, %w)", "Pad(%x, %pads, %one)"), fuse_pad_conv);
  check_pass_unchanged(padded("Conv(%p, %w)", "Pad(%x, %pads) {mode = \"reflect\"}"), fuse_pad_conv);
  check_pass_unchanged(padded("Conv(%p, %w)", "Pad(%x, %pads) {mode = \"edge\"}"), fuse_pad_conv);
  check_pass_unchanged(padded("AveragePool(%p) {kernel_shape = [3, 3]}", "Pad(%x, %pads) {mode = \"edge\"}"), fuse_pad_conv);
  check_pass_unchanged(padded("MaxPool(%p) {kernel_shape = [2, 2]}", "Pad(%x, %n, %low)"), fuse_pad_conv);      // channels
  check_pass_unchanged(padded("Conv(%p, %w)", "Pad(%x, %back)"), fuse_pad_conv);                                 // crops
  check_pass_unchanged("graph main(%x: f32[1, 2, H, W]) -> (%y) {\n %pads = const i64[8] {0, 0, 1, 0, 0, 0, 2, 1}\n %w = const f32[3, 2, 3, 3] seed(1)\n"
                       " %p = Pad(%x, %pads)\n %y = Conv(%p, %w) {auto_pad = \"SAME_UPPER\", strides = [2, 2]}\n}", fuse_pad_conv);
  check_pass_unchanged(padded("MaxPool(%p) {kernel_shape = [3, 3]}"), fuse_pad_conv);                            // zeros above negatives
  check_pass_unchanged(padded("MaxPool(%p) {kernel_shape = [2, 2]}", "Pad(%x, %pads, %low)"), fuse_pad_conv);    // windows of padding alone
  check_pass_unchanged(padded("MaxPool(%p) {kernel_shape = [3, 3], ceil_mode = 1}", "Pad(%x, %pads, %low)"), fuse_pad_conv);
  check_pass_unchanged(padded("AveragePool(%p) {kernel_shape = [3, 3], pads = [1, 1, 1, 1]}"), fuse_pad_conv);
}

}  // namespace
}  // namespace onnxrun
