// onnxrun.QuantConv and onnxrun.QuantMatMul on oneDNN and on the cpu backend.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "backends/onednn/isa.h"
#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

const std::vector<std::string> kCpu = {"cpu"};
const std::vector<std::string> kBoth = onednn::has_int8() ? std::vector<std::string>{"onednn", "cpu"} : kCpu;
// oneDNN where its sums can't saturate.
const std::vector<std::string> kWithVnni = onednn::has_vnni() ? kBoth : kCpu;

void check(const std::string& text, std::vector<std::string> claimed_by, Math math = Math::kDefault) {
  CheckOptions options{.integer_slack = 1, .math = math, .claimed_by = std::move(claimed_by)};
  options.ranges["x"] = text.find("%x: u8") != std::string::npos ? Range{0, 256} : Range{-128, 128};
  check_on_every_backend(text, options);
}

struct Case {
  std::string_view x, w, attrs;
};

std::string conv(std::string_view type, const Case& c, std::string_view weights, std::string_view rest,
                 std::string_view setup = "") {
  const auto channels = c.w.substr(1, c.w.find(',') - 1);
  return fmt::format(
      "graph main(%x: {}{}) -> (%y) {{\n  %w = const i8{} {}\n  %f = const f32[{}] fill(0.0078125)\n"
      "  %b = const f32[{}] seed(4)\n  %z = const {}[] {{7}}\n  {}\n  %y = onnxrun.QuantConv(%x, %w, %f{}) {{{}}}\n}}\n",
      type, c.x, c.w, weights, channels, channels, type, setup, rest, c.attrs);
}

constexpr Case kConvs[] = {
    {"[2, 8, 6, 7]", "[16, 8, 1, 1]", ""},
    {"[1, 3, 9, 9]", "[5, 3, 3, 3]", "strides = [2, 2], pads = [1, 1, 1, 1]"},
    {"[1, 3, 12, 11]", "[17, 3, 7, 7]", "strides = [2, 2], pads = [3, 3, 3, 3]"},
    {"[2, 20, 5, 5]", "[33, 20, 3, 3]", "dilations = [2, 2], pads = [2, 1, 2, 1]"},
    {"[1, 8, 7, 6]", "[12, 4, 3, 3]", "group = 2, pads = [1, 1, 1, 1]"},
    {"[1, 24, 7, 6]", "[24, 1, 3, 3]", "group = 24, pads = [1, 1, 1, 1]"},
    {"[1, 64, 3, 3]", "[130, 64, 3, 3]", "pads = [1, 0, 1, 2]"},
    {"[2, 5, 19]", "[6, 5, 4]", "strides = [2], pads = [3, 1], dilations = [2]"},
    {"[1, 24, 40]", "[24, 1, 3]", "group = 24, pads = [1, 1]"},
    {"[2, 3, 4, 5, 6]", "[7, 3, 3, 2, 3]", "strides = [1, 2, 1], pads = [1, 0, 2, 1, 1, 0], dilations = [1, 1, 2]"},
    {"[1, 4, 5, 4, 4]", "[6, 2, 3, 3, 3]", "group = 2, auto_pad = \"SAME_UPPER\""},
};

std::string with(std::string_view attrs, std::string_view more) {
  return attrs.empty() || more.empty() ? fmt::format("{}{}", attrs, more) : fmt::format("{}, {}", attrs, more);
}

}  // namespace

TEST_CASE("quant conv: sizes, layouts, bias, zero points, activations, results of every type") {
  for (const Case& c : kConvs) {
    for (const std::string_view layout : {"", "@channels_last"}) {
      for (const std::string_view more :
           {"", "activation = \"Relu\", to = 2, y_scale = 0.5, y_zero = 3", "to = 3, y_scale = 0.25, y_zero = -5",
            "activation = \"Clip\", act_beta = 6.0, to = 2, y_scale = 0.03"}) {
        const std::string x = std::string(c.x) + std::string(layout), attrs = with(c.attrs, more);
        const Case shaped{x, c.w, attrs};
        check(conv("u8", shaped, "seed(3)", ", %b, _, %z"), kBoth);
        check(conv("i8", shaped, "seed(3)", ", %b, _, %z"), kWithVnni);
      }
      check(conv("u8", {std::string(c.x) + std::string(layout), c.w, c.attrs}, "seed(3)", ""), kBoth);
    }
  }
}

TEST_CASE("quant conv: the largest numbers don't saturate") {
  for (const Case& c : kConvs) {
    const bool depthwise = c.attrs.starts_with("group = 24");
    for (const std::string_view w : {"fill(127)", "fill(-128)"}) {
      CheckOptions options{.claimed_by = depthwise ? kBoth : kWithVnni};
      if (!depthwise && onednn::has_int8() && !onednn::has_vnni()) options.refused_by["onednn"] = "saturate";
      const std::string x = std::string(c.x) + "@channels_last";
      options.ranges["x"] = {255, 256};
      check_on_every_backend(conv("u8", {x, c.w, c.attrs}, w, ""), options);
      options.claimed_by = kWithVnni;
      options.refused_by.clear();
      options.ranges["x"] = {-128, -127};
      check_on_every_backend(conv("i8", {x, c.w, c.attrs}, w, ""), options);
    }
    // As large as weights may be without VNNI.
    CheckOptions options{.claimed_by = kBoth};
    options.ranges["x"] = {255, 256};
    for (const std::string_view w : {"fill(64)", "fill(-64)"}) {
      check_on_every_backend(conv("u8", {c.x, c.w, c.attrs}, w, ""), options);
    }
  }
}

TEST_CASE("quant conv: scale and zero point found at run time") {
  for (const std::string_view x : {"[1, 8, 5, 5]", "[1, 8, 5, 5]@channels_last"}) {
    check_on_every_backend(
        fmt::format(
            "graph main(%x: u8{}, %s: f32[], %zero: u8[]) -> (%y) {{\n  %w = const i8[9, 8, 3, 3] seed(3)\n"
            "  %f = const f32[9] seed(5)\n  %y = onnxrun.QuantConv(%x, %w, %f, _, %s, %zero) {{pads = [1, 1, 1, 1]}}\n}}\n",
            x),
        {.ranges = {{"x", {0, 256}}}, .claimed_by = kBoth});
  }
}

namespace {

std::string product(std::string_view type, std::string_view a, int depth, int width, std::string_view weights,
                    std::string_view rest, std::string_view attrs = "") {
  return fmt::format(
      "graph main(%x: {0}{1}) -> (%y) {{\n  %w = const i8[{2}, {3}] {4}\n  %f = const f32[{3}] fill(0.0078125)\n"
      "  %b = const f32[{3}] seed(4)\n  %z = const {0}[] {{7}}\n  %y = onnxrun.QuantMatMul(%x, %w, %f{5}) {{{6}}}\n}}\n",
      type, a, depth, width, weights, rest, attrs);
}

}  // namespace

TEST_CASE("quant matmul: sizes, bias, zero points, activations, results of every type") {
  for (const std::string_view a : {"[1, 40]", "[7, 40]", "[2, 3, 5, 40]", "[100, 40]"}) {
    for (const int width : {1, 16, 50, 200}) {
      for (const std::string_view attrs :
           {"", "activation = \"Relu\", to = 2, y_scale = 0.5, y_zero = 3", "to = 3, y_scale = 0.25", "activation = \"Gelu\""}) {
        check(product("u8", a, 40, width, "seed(3)", ", %b, _, %z", attrs), kBoth);
        check(product("i8", a, 40, width, "seed(3)", ", %b, _, %z", attrs), kWithVnni);
      }
    }
  }
  check(product("u8", "[5, 1]", 1, 9, "seed(3)", ""), kBoth);
  check(product("u8", "[50, 1501]", 1501, 40, "seed(3)", ", %b"), kBoth, Math::kExact);
  check(product("u8", "[0, 4]", 4, 3, "seed(3)", ", %b"), kBoth);
  check(product("u8", "[2, 0]", 0, 3, "seed(3)", ", %b"), kCpu);
}

TEST_CASE("quant matmul: the largest numbers don't saturate") {
  for (const std::string_view w : {"fill(127)", "fill(-128)", "fill(64)", "fill(-64)"}) {
    CheckOptions options{.claimed_by = w.find("64") != std::string_view::npos ? kBoth : kWithVnni};
    options.ranges["x"] = {255, 256};
    check_on_every_backend(product("u8", "[9, 1030]", 1030, 24, w, ""), options);
  }
}

TEST_CASE("quant matmul: scale and zero point found at run time; weights of 16 bits") {
  check_on_every_backend(
      "graph main(%x: u8[3, 70], %s: f32[], %zero: u8[]) -> (%y) {\n  %w = const i8[70, 20] seed(3)\n"
      "  %f = const f32[20] seed(5)\n  %b = const f32[20] seed(6)\n  %y = onnxrun.QuantMatMul(%x, %w, %f, %b, %s, %zero)\n}\n",
      {.ranges = {{"x", {0, 256}}}, .claimed_by = kBoth});
  check_on_every_backend(
      "graph main(%x: u8[3, 70]) -> (%y) {\n  %w = const i16[70, 20] fill(255)\n  %f = const f32[20] seed(5)\n"
      "  %z = const u8[] {255}\n  %y = onnxrun.QuantMatMul(%x, %w, %f, _, _, %z)\n}\n",
      {.ranges = {{"x", {0, 256}}}, .claimed_by = kCpu, .refused_by = {{"onednn", onednn::has_int8() ? "i16" : "no fast 8-bit"}}});
}

TEST_CASE("quant products: sums as they are, also those that no float holds") {
  const auto sums = [](const std::string& text) {
    CheckOptions options{.claimed_by = kCpu, .refused_by = {{"onednn", onednn::has_int8() ? "sums, i32" : "8-bit kernels"}}};
    options.ranges["x"] = {0, 256};
    check_on_every_backend(text, options);
  };
  for (const Case& c : kConvs) {
    const auto channels = c.w.substr(1, c.w.find(',') - 1);
    sums(fmt::format("graph main(%x: u8{}) -> (%y) {{\n  %w = const i8{} seed(3)\n  %f = const f32[{}] fill(1)\n  %z = const u8[] {{7}}\n"
                     "  %y = onnxrun.QuantConv(%x, %w, %f, _, _, %z) {{{}}}\n}}\n",
                     c.x, c.w, channels, with(c.attrs, "to = 6")));
  }
  sums("graph main(%x: u8[3, 5, 3000]) -> (%y) {\n  %w = const i8[3000, 9] fill(127)\n  %f = const f32[9] fill(1)\n"
       "  %y = onnxrun.QuantMatMul(%x, %w, %f) {to = 6}\n}\n");
}

TEST_CASE("onednn: bytes are pooled and reordered") {
  if (!onednn::has_int8()) return;
  for (const std::string_view type : {"u8", "i8"}) {
    check(fmt::format("graph main(%x: {}[2, 20, 7, 7]@channels_last) -> (%y) {{\n  %p = MaxPool(%x) {{kernel_shape = [3, 3], "
                      "strides = [2, 2], "
                      "pads = [1, 1, 1, 1]}}\n  %y = onnxrun.Reorder(%p) {{layout = \"plain\"}}\n}}\n",
                      type),
          {"onednn"});
  }
}

}  // namespace onnxrun::test
