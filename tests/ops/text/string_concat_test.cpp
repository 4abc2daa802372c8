#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

TEST_CASE("string concat: element by element, broadcast, without elements") {
  check_tensor(run_op({"StringConcat"}, {strings({2}, {"abc", ""}), strings({2}, {".com", "的"})})[0],
               strings({2}, {"abc.com", "的"}));
  check_tensor(run_op({"StringConcat"}, {strings({2, 1}, {"a", "b"}), strings({3}, {"x", "y", "z"})})[0],
               strings({2, 3}, {"ax", "ay", "az", "bx", "by", "bz"}));
  check_tensor(run_op({"StringConcat"}, {strings({}, {"cat"}), strings({}, {"s"})})[0], strings({}, {"cats"}));
  check_tensor(run_op({"StringConcat"}, {strings({0, 2}, {}), strings({2}, {"a", "b"})})[0], strings({0, 2}, {}));
}

TEST_CASE("string concat: any bytes stay as they are") {
  const std::string zero("a\0b", 3), wrong = "\xff\xc3";
  check_tensor(run_op({"StringConcat"}, {strings({1}, {zero}), strings({1}, {wrong})})[0], strings({1}, {zero + wrong}));
}

TEST_CASE("string concat: shapes and errors") {
  CHECK(infer_op({"StringConcat"}, {"str[N, 1]", "str[3]"}) == "str[N, 3]");
  CHECK(infer_op({"StringConcat"}, {"str[...]", "str[3]"}) == "str[...]");
  CHECK(infer_error({"StringConcat"}, {"str[2]", "f32[2]"}).find("input 1 has element type f32, want str") != std::string::npos);
  CHECK(infer_error({"StringConcat"}, {"str[2]", "str[3]"}).find("StringConcat") != std::string::npos);
}
