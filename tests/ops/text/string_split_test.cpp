#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
void check_split(Attributes attrs, const Tensor& x, const Tensor& pieces, const Tensor& counts) {
  const auto y = run_op({"StringSplit", attrs, 2}, {x});
  check_tensor(y[0], pieces);
  check_tensor(y[1], counts);
}
}  // namespace

TEST_CASE("string split: at a delimiter, empty pieces included") {
  check_split({{"delimiter", std::string("-")}}, strings({2}, {"o-n--x-", "a"}),
              strings({2, 5}, {"o", "n", "", "x", "", "a", "", "", "", ""}), i64({2}, {5, 1}));
  check_split({{"delimiter", std::string("--")}}, strings({1, 1}, {"a-----b"}), strings({1, 1, 3}, {"a", "", "-b"}),
              i64({1, 1}, {3}));
  check_split({{"delimiter", std::string("的")}}, strings({1}, {"你的我"}), strings({1, 2}, {"你", "我"}), i64({1}, {2}));
  check_split({{"delimiter", std::string(",")}}, strings({2}, {"", "a"}), strings({2, 1}, {"", "a"}), i64({2}, {1, 1}));
}

TEST_CASE("string split: at runs of white space, none at the ends") {
  const Tensor x = strings({3}, {"  hello \t world !\n", "", "a\u00a0b\u3000 c"});
  const Tensor y = strings({3, 3}, {"hello", "world", "!", "", "", "", "a", "b", "c"}), z = i64({3}, {3, 0, 3});
  check_split({}, x, y, z);
  check_split({{"delimiter", std::string()}}, x, y, z);
  check_split({}, strings({}, {"a b"}), strings({2}, {"a", "b"}), i64({}, {2}));
  check_split({}, strings({2}, {" ", ""}), strings({2, 0}, {}), i64({2}, {0, 0}));
}

TEST_CASE("string split: maxsplit cuts, then the rest") {
  const auto cuts = [](std::int64_t n, std::string delimiter) { return Attributes{{"maxsplit", n}, {"delimiter", delimiter}}; };
  const Tensor x = strings({1}, {" a  b  c d "});
  check_split(cuts(2, ""), x, strings({1, 3}, {"a", "b", "c d"}), i64({1}, {3}));
  check_split(cuts(0, ""), x, strings({1, 1}, {"a  b  c d"}), i64({1}, {1}));
  check_split(cuts(9, ""), x, strings({1, 4}, {"a", "b", "c", "d"}), i64({1}, {4}));
  check_split(cuts(-1, ""), x, strings({1, 4}, {"a", "b", "c", "d"}), i64({1}, {4}));
  check_split(cuts(1, ","), strings({2}, {"a,b,c", ","}), strings({2, 2}, {"a", "b,c", "", ""}), i64({2}, {2, 2}));
  check_split(cuts(0, ","), strings({1}, {"a,b"}), strings({1, 1}, {"a,b"}), i64({1}, {1}));
}

TEST_CASE("string split: no elements, and bytes that are not UTF-8") {
  check_split({}, strings({0}, {}), strings({0, 0}, {}), i64({0}, {}));
  check_split({{"delimiter", std::string(",")}}, strings({2, 0}, {}), strings({2, 0, 0}, {}), i64({2, 0}, {}));
  const std::string wrong = "\xff\xe3\x80 \xf0\x9f", zero("\0", 1);
  check_split({}, strings({2}, {wrong, zero}), strings({2, 2}, {"\xff\xe3\x80", "\xf0\x9f", zero, ""}), i64({2}, {2, 1}));
}

TEST_CASE("string split: shapes and errors") {
  const std::string types = infer_op({"StringSplit", {}, 2}, {"str[N, 3]"});
  CHECK_MESSAGE((types.starts_with("str[N, 3, ") && types.ends_with("; i64[N, 3]")), types);
  CHECK(infer_op({"StringSplit", {}, 2}, {"str[...]"}) == "str[...]; i64[...]");
  CHECK(infer_op({"StringSplit", {}, 2}, {"str[0, N]"}) == "str[0, N, 0]; i64[0, N]");
  CHECK(infer_error({"StringSplit", {}, 2}, {"i64[2]"}).find("input 0 has element type i64, want str") != std::string::npos);
}
