#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
Attributes attributes(std::string action, Strings stopwords = {}, bool sensitive = false, std::string locale = "") {
  return {{"case_change_action", action},
          {"stopwords", stopwords},
          {"is_case_sensitive", std::int64_t{sensitive}},
          {"locale", locale}};
}

Tensor normalized(Attributes attrs, const Tensor& x) { return run_op({"StringNormalizer", attrs}, {x})[0]; }
}  // namespace

TEST_CASE("string normalizer: stop words with and without regard to case") {
  const Tensor x = strings({1, 4}, {"Monday", "tuesday", "monday", "ÉTÉ"});
  check_tensor(normalized(attributes("NONE", {"monday"}, true), x), strings({1, 3}, {"Monday", "tuesday", "ÉTÉ"}));
  check_tensor(normalized(attributes("NONE", {"MONDAY", "été"}), x), strings({1, 1}, {"tuesday"}));
  check_tensor(normalized(attributes("UPPER", {"monday"}, true), x), strings({1, 3}, {"MONDAY", "TUESDAY", "ÉTÉ"}));
  check_tensor(normalized(attributes("LOWER", {"MONDAY"}), x), strings({1, 2}, {"tuesday", "été"}));
  check_tensor(run_op({"StringNormalizer"}, {x})[0], x);
  check_tensor(normalized(attributes("NONE", {"a"}), strings({2}, {"", "b"})), strings({2}, {"", "b"}));
}

TEST_CASE("string normalizer: case by the rules of the locale") {
  const Tensor x = strings({3}, {"Istanbul", "straße", "ΟΔΟΣ"});
  check_tensor(normalized(attributes("LOWER"), x), strings({3}, {"istanbul", "straße", "οδος"}));
  check_tensor(normalized(attributes("LOWER", {}, false, "tr_TR.UTF-8"), x), strings({3}, {"ıstanbul", "straße", "οδος"}));
  check_tensor(normalized(attributes("UPPER", {}, false, "tr-TR"), strings({1}, {"iı"})), strings({1}, {"İI"}));
  check_tensor(normalized(attributes("UPPER", {"STRASSE"}), x), strings({2}, {"ISTANBUL", "ΟΔΟΣ"}));
  check_tensor(normalized(attributes("LOWER", {"istanbul"}, false, "tr"), x), strings({3}, {"ıstanbul", "straße", "οδος"}));
}

TEST_CASE("string normalizer: one empty text when nothing remains") {
  check_tensor(normalized(attributes("UPPER", {"monday"}), strings({2}, {"monday", "Monday"})), strings({1}, {""}));
  check_tensor(normalized(attributes("NONE", {"monday"}), strings({1, 2}, {"monday", "Monday"})), strings({1, 1}, {""}));
  check_tensor(normalized(attributes("LOWER"), strings({0}, {})), strings({1}, {""}));
  check_tensor(normalized(attributes("LOWER", {"a"}), strings({1, 0}, {})), strings({1, 1}, {""}));
}

TEST_CASE("string normalizer: bytes that are not UTF-8 stay") {
  const std::string wrong = "A\xff" "B\xc3", zero("A\0B", 3);
  check_tensor(normalized(attributes("LOWER", {"x", "\xf0\x9f"}), strings({3}, {wrong, zero, "\xf0\x9f"})),
               strings({2}, {"a\xff" "b\xc3", std::string("a\0b", 3)}));
}

TEST_CASE("string normalizer: shapes and errors") {
  const auto error = [](Attributes attrs, std::string type) { return infer_error({"StringNormalizer", attrs}, {type}); };
  CHECK(infer_op({"StringNormalizer"}, {"str[4]"}) == "str[4]");
  CHECK(infer_op({"StringNormalizer"}, {"str[N, 4]"}) == "str[1, 4]");
  CHECK(infer_op({"StringNormalizer"}, {"str[1, 0]"}) == "str[1, 1]");
  CHECK(infer_op({"StringNormalizer"}, {"str[...]"}) == "str[...]");
  CHECK(infer_op({"StringNormalizer"}, {"str[C]"}) != "str[C]");  // C may be 0
  CHECK(infer_op({"StringNormalizer", attributes("NONE", {"a"})}, {"str[4]"}) != "str[4]");
  CHECK(error({}, "str[2, 4]").find("input 0 has shape [2, 4], want [C] or [1, C]") != std::string::npos);
  CHECK(error({}, "str[]").find("want [C] or [1, C]") != std::string::npos);
  CHECK(error({}, "f32[2]").find("input 0 has element type f32, want str") != std::string::npos);
  CHECK(error(attributes("TITLE"), "str[2]").find("case_change_action is 'TITLE', want NONE, LOWER or UPPER") != std::string::npos);
  CHECK(error(attributes("NONE", {}, true, "English_Away"), "str[2]").find("locale is 'English_Away', want a") != std::string::npos);
}
