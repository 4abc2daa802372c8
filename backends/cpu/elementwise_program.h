// What an element-wise node computes: a short straight-line program over its inputs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backends/cpu/elementwise_code.h"
#include "engine/backend/backend.h"

namespace onnxrun::cpu {

struct Operand {
  int value = -1;  // an input's number, or inputs + the number of an instruction; -1: `literal`
  float literal = 0.0f;
};

struct Instruction {
  Code code = Code::kCopy;
  Operand operands[3];  // as many as operand_count() says
  float p = 0.0f, q = 0.0f;
};

int operand_count(Code code);
// Time per element, 1 = an addition.
int instruction_cost(Code code);

struct Program {
  int inputs = 0;
  std::vector<Instruction> code;  // the last one makes output 0
};
// Whether any instruction reads this input.
bool reads(const Program& program, int input);

// The program of onnxrun.ElementwiseChain or of a lone element-wise operator on floats (and bool conditions and results);
// nullopt, with the reason, when this backend has none.
std::optional<Program> program_of(const NodeView& node, std::string& why);

// The full names of the operators that program_of() knows.
std::vector<std::string_view> program_ops();

}  // namespace onnxrun::cpu
