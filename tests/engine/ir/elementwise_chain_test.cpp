#include "engine/ir/elementwise_chain.h"

#include <doctest/doctest.h>

#include <array>

#include "onnxrun/error.h"

using namespace onnxrun;

TEST_CASE("elementwise chain: a program parses and prints back") {
  const Strings program = {"Add 0 1", "Clip 2 #-1 #6.5", "Sigmoid 3", "Mul 4 0"};
  const auto parsed = parse_chain(program, 2);
  REQUIRE(parsed.size() == 4);
  CHECK(parsed[1].op == ChainOp::kClip);
  CHECK(parsed[1].operands[0].reg == 2);
  CHECK(parsed[1].operands[2].value == 6.5f);
  Strings printed;
  for (const ChainInstruction& i : parsed) printed.push_back(print_instruction(i));
  CHECK(printed == program);
}

TEST_CASE("elementwise chain: every operator has a name of its own and an arity") {
  for (int i = 0; i <= static_cast<int>(ChainOp::kHardSigmoid); ++i) {
    const auto op = static_cast<ChainOp>(i);
    std::string line(chain_op_name(op));
    for (int k = 0; k < chain_op_arity(op); ++k) line += " 0";
    CHECK(parse_chain({line}, 1)[0].op == op);
  }
}

TEST_CASE("elementwise chain: wrong programs are errors") {
  for (const char* line : {"", "Foo 0", "Add 0", "Neg 0 0", "Neg 1", "Neg -1", "Neg x", "Neg #", "Neg #1x", "Where 0 0 0"}) {
    CAPTURE(line);
    CHECK_THROWS_AS(parse_chain({line}, 1), Error);
  }
  CHECK_THROWS_AS(parse_chain({}, 1), Error);
  CHECK_THROWS_AS(parse_chain({"Neg 2", "Neg 0"}, 1), Error);
}

TEST_CASE("elementwise chain: rounding goes to even, minimum and maximum keep NaN") {
  const auto run = [](ChainOp op, std::vector<double> x) { return apply(op, std::span<const double>(x)); };
  CHECK(run(ChainOp::kRound, {2.5}) == 2);
  CHECK(run(ChainOp::kRound, {3.5}) == 4);
  CHECK(run(ChainOp::kRound, {-1.5}) == -2);
  CHECK(run(ChainOp::kRound, {1.4}) == 1);
  CHECK(run(ChainOp::kMin, {1, 2}) == 1);
  CHECK(run(ChainOp::kMax, {0.0 / 0.0, 2}) != run(ChainOp::kMax, {0.0 / 0.0, 2}));
  CHECK(run(ChainOp::kClip, {9, -1, 6}) == 6);
  CHECK(run(ChainOp::kSwish, {2, 0.5}) == doctest::Approx(1.4621171572600098));
}
