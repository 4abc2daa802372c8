#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
Tensor matched(std::string pattern, const Tensor& x) { return run_op({"RegexFullMatch", {{"pattern", pattern}}}, {x})[0]; }
std::string error(std::string pattern) { return infer_error({"RegexFullMatch", {{"pattern", pattern}}}, {"str[2]"}); }
}  // namespace

TEST_CASE("regex full match: the whole text or nothing") {
  check_tensor(matched(R"(www\.[\w.-]+\.\bcom\b)", strings({3}, {"www.google.com", "see www.google.com", "www.bbc.co.uk"})),
               boolean({3}, {1, 0, 0}));
  check_tensor(matched("a|ab", strings({2, 2}, {"a", "ab", "abc", ""})), boolean({2, 2}, {1, 1, 0, 0}));
  check_tensor(matched("", strings({2}, {"", "a"})), boolean({2}, {1, 0}));
  check_tensor(matched("a*", strings({}, {"aaa"})), boolean({}, {1}));
  check_tensor(matched("a", strings({2, 0}, {})), boolean({2, 0}, {}));
}

TEST_CASE("regex full match: characters, not bytes") {
  check_tensor(matched(".", strings({4}, {"é", "😀", "ab", "\n"})), boolean({4}, {1, 1, 0, 0}));
  check_tensor(matched(R"(\p{Greek}+)", strings({2}, {"οδος", "odos"})), boolean({2}, {1, 0}));
  check_tensor(matched(std::string("a\0b", 3), strings({2}, {std::string("a\0b", 3), "a"})), boolean({2}, {1, 0}));
  check_tensor(matched(".*", strings({3}, {"\xff", "a\xc3", "\xf0\x9f"})), boolean({3}, {0, 0, 0}));
}

TEST_CASE("regex full match: no pattern is too hard") {
  check_tensor(matched("(a*)*b", strings({1}, {std::string(10000, 'a')})), boolean({1}, {0}));
  CHECK(error("((a{1000}){1000}){1000}") != "");
  CHECK(error(std::string(100000, '(')).size() < 1000);
  check_tensor(matched(std::string(100000, '(') + std::string(100000, ')'), strings({2}, {"", "a"})), boolean({2}, {1, 0}));
}

TEST_CASE("regex full match: shapes and errors") {
  CHECK(infer_op({"RegexFullMatch", {{"pattern", std::string("a")}}}, {"str[N, 3]"}) == "bool[N, 3]");
  CHECK(infer_op({"RegexFullMatch", {{"pattern", std::string("a")}}}, {"str[...]"}) == "bool[...]");
  const std::string type_error = infer_error({"RegexFullMatch", {{"pattern", std::string("a")}}}, {"i32[2]"});
  CHECK(type_error.find("input 0 has element type i32, want str") != std::string::npos);
  CHECK(error("(a").find("attribute pattern is '(a', want a regular expression in RE2's syntax: missing )") != std::string::npos);
  CHECK(error("(?=a)") != "");    // look-ahead is not RE2's
  CHECK(error("\xff") != "");     // no UTF-8
  CHECK(infer_error({"RegexFullMatch"}, {"str[2]"}).find("pattern") != std::string::npos);
}
