#include "engine/ir/elementwise_chain.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "engine/base/check.h"
#include "engine/ir/activation.h"

namespace onnxrun {
namespace {

struct Row {
  std::string_view name;
  int arity;
};
constexpr std::array<Row, 29> kRows = {{{"Add", 2},        {"Sub", 2},       {"Mul", 2},    {"Div", 2},        {"Min", 2},
                                        {"Max", 2},        {"Pow", 2},       {"Neg", 1},    {"Abs", 1},        {"Sqrt", 1},
                                        {"Reciprocal", 1}, {"Exp", 1},       {"Log", 1},    {"Erf", 1},        {"Floor", 1},
                                        {"Ceil", 1},       {"Round", 1},     {"Square", 1}, {"Relu", 1},       {"Sigmoid", 1},
                                        {"Tanh", 1},       {"HardSwish", 1}, {"Gelu", 1},   {"GeluTanh", 1},   {"LeakyRelu", 2},
                                        {"Swish", 2},      {"Elu", 2},       {"Clip", 3},   {"HardSigmoid", 3}}};

// The next word of `text`, which loses it; empty at the end.
std::string_view next_word(std::string_view& text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  const std::size_t end = std::min(text.find(' ', begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
}

ChainOperand parse_operand(std::string_view word, int registers, std::string_view line) {
  if (word.starts_with('#')) {
    const auto value = number<float>(word.substr(1));
    require(value.has_value(), "instruction '{}' has the literal '{}', want # and a number", line, word);
    return {-1, *value};
  }
  const auto reg = number<int>(word);
  require(reg && *reg >= 0 && *reg < registers, "instruction '{}' has the operand '{}', want a register from 0 to {}", line, word,
          registers - 1);
  return {*reg, 0};
}

// Halfway cases go to the even neighbour, whatever the rounding mode.
template <class T>
T round_to_even(T x) {
  const T down = std::floor(x), rest = x - down;
  if (rest != T{0.5}) return rest < T{0.5} ? down : rest > T{0.5} ? down + 1 : x;
  return std::fmod(down, T{2}) == 0 ? down : down + 1;
}

}  // namespace

std::string_view chain_op_name(ChainOp op) { return kRows[static_cast<std::size_t>(op)].name; }
int chain_op_arity(ChainOp op) { return kRows[static_cast<std::size_t>(op)].arity; }

std::vector<ChainInstruction> parse_chain(const Strings& program, int inputs) {
  require(!program.empty(), "the program is empty");
  std::vector<ChainInstruction> out;
  for (const std::string& line : program) {
    std::string_view rest = line;
    const std::string_view name = next_word(rest);
    std::size_t row = 0;
    while (row < kRows.size() && kRows[row].name != name) ++row;
    require(row < kRows.size(), "instruction '{}' has no operator of a chain", line);
    ChainInstruction instruction{static_cast<ChainOp>(row), {}};
    const int registers = inputs + static_cast<int>(out.size());
    for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest)) {
      instruction.operands.push_back(parse_operand(word, registers, line));
    }
    require(static_cast<int>(instruction.operands.size()) == kRows[row].arity, "instruction '{}' has {} operands, want {}", line,
            instruction.operands.size(), kRows[row].arity);
    out.push_back(std::move(instruction));
  }
  return out;
}

std::string print_instruction(const ChainInstruction& instruction) {
  std::string text(chain_op_name(instruction.op));
  for (const ChainOperand& o : instruction.operands)
    text += o.reg >= 0 ? fmt::format(" {}", o.reg) : fmt::format(" #{}", o.value);
  return text;
}

template <class T>
T apply(ChainOp op, std::span<const T> x) {
  const auto activation = [&](Activation f) {
    return apply(f, x[0], x.size() > 1 ? static_cast<float>(x[1]) : 0.0f, x.size() > 2 ? static_cast<float>(x[2]) : 0.0f);
  };
  switch (op) {
    case ChainOp::kAdd:
      return x[0] + x[1];
    case ChainOp::kSub:
      return x[0] - x[1];
    case ChainOp::kMul:
      return x[0] * x[1];
    case ChainOp::kDiv:
      return x[0] / x[1];
    case ChainOp::kMin:
      return x[0] != x[0] ? x[0] : x[1] < x[0] || x[1] != x[1] ? x[1] : x[0];
    case ChainOp::kMax:
      return x[0] != x[0] ? x[0] : x[1] > x[0] || x[1] != x[1] ? x[1] : x[0];
    case ChainOp::kPow:
      return std::pow(x[0], x[1]);
    case ChainOp::kNeg:
      return -x[0];
    case ChainOp::kAbs:
      return std::fabs(x[0]);
    case ChainOp::kSqrt:
      return std::sqrt(x[0]);
    case ChainOp::kReciprocal:
      return T{1} / x[0];
    case ChainOp::kExp:
      return std::exp(x[0]);
    case ChainOp::kLog:
      return std::log(x[0]);
    case ChainOp::kErf:
      return std::erf(x[0]);
    case ChainOp::kFloor:
      return std::floor(x[0]);
    case ChainOp::kCeil:
      return std::ceil(x[0]);
    case ChainOp::kRound:
      return round_to_even(x[0]);
    case ChainOp::kSquare:
      return x[0] * x[0];
    case ChainOp::kRelu:
      return activation(Activation::kRelu);
    case ChainOp::kSigmoid:
      return activation(Activation::kSigmoid);
    case ChainOp::kTanh:
      return activation(Activation::kTanh);
    case ChainOp::kHardSwish:
      return activation(Activation::kHardSwish);
    case ChainOp::kGelu:
      return activation(Activation::kGelu);
    case ChainOp::kGeluTanh:
      return activation(Activation::kGeluTanh);
    case ChainOp::kLeakyRelu:
      return activation(Activation::kLeakyRelu);
    case ChainOp::kSwish:
      return activation(Activation::kSwish);
    case ChainOp::kElu:
      return activation(Activation::kElu);
    case ChainOp::kClip:
      return activation(Activation::kClip);
    case ChainOp::kHardSigmoid:
      return activation(Activation::kHardSigmoid);
  }
  return x[0];
}

template float apply(ChainOp, std::span<const float>);
template double apply(ChainOp, std::span<const double>);

}  // namespace onnxrun
