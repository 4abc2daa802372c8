// The program of onnxrun.ElementwiseChain: registers 0..k-1 are the node's inputs, each instruction defines the next one, and
// the last register is the result. An instruction reads "Op a b ...", an operand is a register ("3") or a float ("#1.5").
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/attribute.h"

namespace onnxrun {

enum class ChainOp : std::uint8_t {
  kAdd, kSub, kMul, kDiv, kMin, kMax, kPow,
  kNeg, kAbs, kSqrt, kReciprocal, kExp, kLog, kErf, kFloor, kCeil, kRound, kSquare,
  kRelu, kSigmoid, kTanh, kHardSwish, kGelu, kGeluTanh,                  // as in activation.h
  kLeakyRelu, kSwish, kElu,                                              // x, alpha
  kClip,                                                                 // x, min, max
  kHardSigmoid,                                                          // x, alpha, beta
};

std::string_view chain_op_name(ChainOp op);  // "Add"
int chain_op_arity(ChainOp op);

struct ChainOperand {
  int reg = -1;      // register, or -1:
  float value = 0;   // a literal
};

struct ChainInstruction {
  ChainOp op;
  std::vector<ChainOperand> operands;
};

// Throws Error(kBadModel) for an empty program, unknown operators, a wrong number of operands, and registers not yet defined.
std::vector<ChainInstruction> parse_chain(const Strings& program, int inputs);
// "Add 0 #1.5"
std::string print_instruction(const ChainInstruction& instruction);

// The operator on its operands, for T = float or double. Round goes to even.
template <class T>
T apply(ChainOp op, std::span<const T> operands);

}  // namespace onnxrun
