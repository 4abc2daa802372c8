#include <doctest/doctest.h>

#include "engine/ir/seeded.h"
#include "engine/ir/text.h"
#include "onnxrun/error.h"
#include "tests/support/compare.h"

namespace onnxrun {
namespace {

// The text is what the printer writes for the graph it stands for.
void check_stable(std::string_view text, const TextOptions& options = {}) {
  const std::string printed = print_graph(parse_graph(text), options);
  CHECK(printed == text);
  CHECK(print_graph(parse_graph(printed), options) == printed);
}

std::string error_of(std::string_view text) {
  try {
    parse_graph(text);
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kBadModel);
    return e.what();
  }
  return "no error";
}

TEST_CASE("text: graphs print as they were read") {
  check_stable(R"(graph main(%x: f32[N, 3, 8, 8], %"mask/0:1": bool[N]) -> (%y, %z as "the logits", %"mask/0:1" as "m") {
  %y: f32[N, 3, 8, 8] = Relu(%x) "act \"1\""
  %z: f32[N, 3, 8, 8] = Softmax(%y) {axis = 1}
}
)");
  check_stable("graph() -> () {\n}\n");
  check_stable("graph \"a b\"(%x) -> (%x) {\n}\n");
  check_stable("graph(%x: f32[2, 3, 4]@channels_last) -> (%y) {\n  %y: f32[2, 3, 4]@channels_last = Relu(%x)\n}\n");
}

TEST_CASE("text: every kind of type prints as it was read") {
  for (const char* type : {"f32[]", "f16[...]", "i64[2*N + 1, floordiv(H + 1, 2)]", "seq(f32[...])", "optional(seq(i64[3]))", "map(i64, f32[...])",
                           "map(str, ?)", "undefined[2]", "bf16[1, 2, 3, 4]@channels_last", "u2[0]", "f8e5m2fnuz[1]"}) {
    check_stable(std::string("graph(%x: ") + type + ") -> () {\n}\n");
  }
}

TEST_CASE("text: constants of every element type print as they were read") {
  for (const char* constant :
       {"f32[5] {1, -0.1, nan, inf, -inf}", "f64[2] {0.1, -1e-300}", "f16[3] {0.099975586, -65504, inf}", "bf16[2] {1.5, nan}",
        "i8[2] {-128, 127}", "i16[1] {-32768}", "i32[] {-2147483648}", "i64[2] {-9223372036854775808, 9223372036854775807}",
        "u8[1] {255}", "u16[1] {65535}", "u32[1] {4294967295}", "u64[1] {18446744073709551615}", "bool[2] {true, false}",
        R"(str[3] {"", "a \"b\" \\ \n \u0001", "ü"})", "c64[2] {(1, -2), (nan, 0.5)}", "c128[1] {(0.1, 0)}", "i4[3] {-8, 7, -1}", "u4[3] {15, 0, 1}",
        "i2[5] {-2, 1, 0, -1, 1}", "u2[5] {3, 2, 1, 0, 3}", "f8e4m3fn[2] {0, 255}", "f8e5m2[1] {60}", "f4e2m1[2] {15, 3}", "f6e2m3[5] {63, 0, 42, 21, 1}", "f6e3m2[35] fill(45)", "f8e8m0[1] {127}",
        "f32[0, 3] {}", "f32[1] {-0}", "f32[20] fill(0)", "str[2] {\"x\", \"x\"}", "bool[33] fill(true)", "i4[35] fill(-3)"}) {
    check_stable(std::string("graph() -> (%c) {\n  %c = const ") + constant + "\n}\n");
  }
}

TEST_CASE("text: large constants print as seeds, and as the same ones again") {
  for (int d = 1; d <= static_cast<int>(DType::kFloat6E3M2); ++d) {
    const auto dtype = static_cast<DType>(d);
    if (dtype == DType::kString) continue;
    CAPTURE(dtype_name(dtype));
    for (const char* elements : {"seed(0)", "seed(7)", "seed(4294967295)", "hash(1f00000000)", "hash(ffffffffffffffff)"}) {
      check_stable(std::string("graph() -> (%c) {\n  %c = const ") + std::string(dtype_name(dtype)) + "[5, 13] " + elements + "\n}\n");
    }
    const Tensor t = seeded_tensor(dtype, {5, 13}, 7);
    CHECK(test::same_bits(t, seeded_tensor(dtype, {5, 13}, 7)));
    CHECK(!test::same_bits(t, seeded_tensor(dtype, {5, 13}, 8)));
    CHECK(seed_of(t) == std::optional<std::uint64_t>(7));
  }
}

TEST_CASE("text: what is no seed prints as a hash of the contents") {
  Tensor t = seeded_tensor(DType::kFloat32, {100}, 3);
  t.view<float>()[99] = 5;
  Graph g;
  g.add_output("c", g.add_constant(t, "c"));
  const std::string once = print_graph(g);
  CHECK(once.find("hash(") != std::string::npos);
  CHECK(print_graph(parse_graph(once)) == once);
  t = t.clone();
  t.view<float>()[98] = 5;
  Graph other;
  other.add_output("c", other.add_constant(t, "c"));
  CHECK(print_graph(other) != once);
  CHECK(print_graph(g, {.max_constant = 100}).find("5}") != std::string::npos);
}

TEST_CASE("text: seeded floats are uniform in [-1, 1)") {
  for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
    const Tensor t = seeded_tensor(dtype, {4096}, 11);
    double sum = 0, squares = 0, low = 1, high = -1;
    for (std::size_t i = 0; i < 4096; ++i) {
      const double v = dtype == DType::kFloat32 ? t.view<float>()[i] : t.view<double>()[i];
      sum += v;
      squares += v * v;
      low = std::min(low, v);
      high = std::max(high, v);
    }
    CHECK(std::abs(sum / 4096) < 0.03);
    CHECK(squares / 4096 == doctest::Approx(1.0 / 3).epsilon(0.05));
    CHECK(low >= -1);
    CHECK(low < -0.99);
    CHECK(high < 1);
    CHECK(high > 0.99);
  }
  CHECK(seeded_tensor(DType::kFloat32, {2}, 1).view<float>()[0] == seeded_tensor(DType::kFloat32, {9, 9}, 1).view<float>()[0]);
}

TEST_CASE("text: values without a name are numbered, and names that occur twice told apart") {
  Graph g;
  const Type type = Type::tensor(DType::kFloat32, Dims{2});
  g.add_output("a", g.add_input("", type));
  g.add_output("b", g.add_input("0", type));
  g.add_output("c", g.add_input("0", type));
  CHECK(print_graph(g) == "graph(%1: f32[2], %0: f32[2], %2: f32[2]) -> (%1 as \"a\", %0 as \"b\", %2 as \"c\") {\n}\n");
}

TEST_CASE("text: attributes are read as the operator wants them") {
  const Graph g = parse_graph(R"(graph(%x: f32[2]) -> (%y) {
    %y = Softmax(%x) {axis = 0, b = 1.0, c = "s", d = [1, 2], e = [1, 2.5], f = ["a", "b"], g = f32[2] {1, 2}, h = type(seq(f32[N])), i = [], j = floats [],
                      k = strings [], l = [i64[] {1}, str[1] {"a"}], m = -inf, "odd name" = 3, n = tensors [], o = -3}
  })");
  const Attributes& a = g.node(NodeId{0}).attrs;
  CHECK(a.i("axis") == 0);
  CHECK(a.f("b") == 1.0f);
  CHECK(a.s("c") == "s");
  CHECK(a.ints("d") == Ints{1, 2});
  CHECK(a.floats("e") == Floats{1, 2.5f});
  CHECK(a.strings("f") == Strings{"a", "b"});
  CHECK(a.t("g").view<float>()[1] == 2);
  CHECK(a.type("h").str() == "seq(f32[N])");
  CHECK(a.ints("i").empty());
  CHECK(a.floats("j").empty());
  CHECK(a.strings("k").empty());
  CHECK(std::get<Tensors>(*a.find("l")).size() == 2);
  CHECK(a.f("m") < 0);
  CHECK(a.i("odd name") == 3);
  CHECK(a.i("o") == -3);
  const std::string printed = print_graph(g);
  CHECK(printed == print_graph(parse_graph(printed)));
  CHECK(parse_graph(printed).node(NodeId{0}).attrs == a);
}

TEST_CASE("text: written and inferred types must agree") {
  const auto with = [](std::string_view in, std::string_view out) {
    return "graph(%x: " + std::string(in) + ") -> (%y) {\n  %y: " + std::string(out) + " = Relu(%x)\n}\n";
  };
  CHECK(error_of(with("f32[2]", "f32[3]")) == "text 2:7: %y is f32[3], inference says f32[2]");
  CHECK(error_of(with("f32[2]", "f16[2]")) == "text 2:7: %y is f16[2], inference says f32[2]");
  CHECK(error_of(with("f32[2]", "f32[2, 1]")) == "text 2:7: %y is f32[2, 1], inference says f32[2]");
  CHECK(error_of(with("f32[N]", "f32[M]")) == "text 2:7: %y is f32[M], inference says f32[N]");
  CHECK(error_of(with("f32[1, 2, 3]", "f32[1, 2, 3]@channels_last")) == "text 2:7: %y is f32[1, 2, 3]@channels_last, inference says f32[1, 2, 3]");
  const auto type_of = [&](std::string_view in, std::string_view out) {
    const Graph g = parse_graph(with(in, out));
    return g.value(g.outputs[0].value).type.str();
  };
  CHECK(type_of("f32[N]", "f32[2]") == "f32[2]");
  CHECK(type_of("f32[2]", "f32[N]") == "f32[2]");
  CHECK(type_of("f32[?]", "f32[M]") == "f32[M]");
  CHECK(type_of("f32[M]", "f32[?]") == "f32[M]");
  CHECK(type_of("f32[...]", "f32[2, N]") == "f32[2, N]");
  CHECK(type_of("f32[2]", "f32[...]") == "f32[2]");
  CHECK(type_of("undefined[...]", "f32[2]") == "f32[2]");
}

TEST_CASE("text: fresh symbols do not meet those that are written") {
  Graph g = parse_graph("graph(%x: f32[?, _s7], %y: i64[?]) -> () {\n}\n");
  CHECK(g.value(g.inputs[0]).type.str() == "f32[_s8, _s7]");
  CHECK(g.value(g.inputs[1]).type.str() == "i64[_s9]");
  CHECK(g.fresh_symbol() == Dim::symbol("_s10"));
}

TEST_CASE("text: errors say where") {
  CHECK(error_of("") == "text 1:1: found the end of the text, want 'graph'");
  CHECK(error_of("graph(%x: f32[2]) -> (%y) {\n}\n") == "text 1:23: %y is not defined before this");
  CHECK(error_of("graph() -> () {\n  %y = Relu(%x)\n}\n") == "text 2:13: %x is not defined before this");
  CHECK(error_of("graph() -> () {\n  %y = Rely()\n}\n") == "text 2:8: operator Rely is not known");
  CHECK(error_of("graph() -> () {\n  %y = no.such.Op()\n}\n") == "text 2:8: operator no.such.Op is not known");
  CHECK(error_of("graph(%x) -> () {\n  %x = Relu(%x)\n}\n") == "text 2:3: %x is defined twice");
  CHECK(error_of("graph(%x: f33[2]) -> () {}") == "text 1:11: 'f33' is not a type");
  CHECK(error_of("graph(%x: f32[2, -1]) -> () {}") == "text 1:18: '-1' is not a dimension");
  CHECK(error_of("graph(%x: f32[2,]) -> () {}") == "text 1:17: want a dimension");
  CHECK(error_of("graph(%x: f32[2)") .starts_with("text 1:15: '2)' is not a dimension"));
  CHECK(error_of("graph(%x: f32[2]@nhwc) -> () {}") == "text 1:18: 'nhwc' is not a layout, want plain or channels_last");
  CHECK(error_of("graph(%x: f32[2]@channels_last) -> () {}") == "text 1:18: channels_last needs a rank of 3 or more");
  CHECK(error_of("graph() -> () {\n  %c = const f32[2] {1}\n}") == "text 2:21: 1 elements given, the shape wants 2");
  CHECK(error_of("graph() -> () {\n  %c = const f32[2] {1, 2, 3}\n}") == "text 2:26: more elements than the shape's 2");
  CHECK(error_of("graph() -> () {\n  %c = const i8[1] {128}\n}") == "text 2:21: '128' is not an integer of this type");
  CHECK(error_of("graph() -> () {\n  %c = const i4[1] {8}\n}") == "text 2:21: 8 is out of range for i4: -8 to 7");
  CHECK(error_of("graph() -> () {\n  %c = const f32[N] {}\n}") == "text 2:14: a constant needs a type with known dimensions, such as f32[2, 3]");
  CHECK(error_of("graph() -> () {\n  %c = const f32[1] {x}\n}") == "text 2:22: 'x' is not a number of this type");
  CHECK(error_of("graph() -> () {\n  %a, %c = const f32[1] {0}\n}") == "text 2:3: const defines one value");
  CHECK(error_of("graph(%x: f32[2]) -> () {\n  %y = Relu(%x) {a = 1, a = 2}\n}") == "text 2:25: attribute a is given twice");
  CHECK(error_of("graph(%x: f32[2]) -> () {\n  %y = Relu(%x) {a = [1, \"b\"]}\n}") == "text 2:26: want a number in this list");
  CHECK(error_of("graph(%x: f32[2]) -> () {\n  %y = Relu(%x, %x)\n}") == "text 2:8: Relu node making y: has 2 inputs, want 1");
  CHECK(error_of("graph(%x: f32[2]) -> () {\n  %y = Softmax(%x) {axis = 3}\n}").starts_with("text 2:8: Softmax node making y: axis 3"));
  CHECK(error_of("graph() -> () {\n  %c = const str[1] {\"abc}\n}") == "text 2:22: this string has no end");
  CHECK(error_of("graph() -> () {\n} x") == "text 2:3: text after the graph");
  CHECK(error_of("graph() -> () {\n  ;\n}") == "text 2:3: unexpected character ';'");
  CHECK(error_of("graph() -> () {\n  Relu(%x)\n}") == "text 2:3: want a statement (%name = ...) or '}'");
  CHECK(error_of("graph() -> () {") == "text 1:16: want a statement (%name = ...) or '}'");
  CHECK(error_of("graph(%: f32[1]) -> () {}") == "text 1:7: a value needs a name after %");
}

TEST_CASE("text: garbage gives errors, never a crash") {
  const std::string good = "graph g(%x: f32[N, 2]) -> (%y as \"o\") {\n  %c = const f32[2] {1, nan}\n  %y: f32[N, 2] = Softmax(%x) {axis = 1} \"n\"\n}\n";
  int errors = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'(', '"', '%', '1', '\\', '\0'}) {
      std::string bad = good;
      bad[i] = c;
      try {
        parse_graph(bad);
      } catch (const Error&) {
        ++errors;
      }
    }
    if (i + 1 < good.size()) CHECK(error_of(good.substr(0, i)) != "no error");
  }
  CHECK(errors > 300);
}

}  // namespace
}  // namespace onnxrun
