#include "backends/cpu/elementwise_program.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "engine/base/half.h"
#include "engine/ir/elementwise_chain.h"

namespace onnxrun::cpu {
namespace {

// A name that stands for an operator, for an instruction of an ElementwiseChain, or mostly for both with one meaning.
struct Row {
  std::string_view name;
  Code code;
  // The operator's attributes that are the instruction's parameters p and q; in a chain they follow as literals.
  std::string_view p = {}, q = {};
};

constexpr Row kRows[] = {
    {"Neg", Code::kNeg},
    {"Abs", Code::kAbs},
    {"Sqrt", Code::kSqrt},
    {"Reciprocal", Code::kReciprocal},
    {"Square", Code::kSquare},
    {"Exp", Code::kExp},
    {"Log", Code::kLog},
    {"Relu", Code::kRelu},
    {"Sigmoid", Code::kSigmoid},
    {"Tanh", Code::kTanh},
    {"Erf", Code::kErf},
    {"HardSwish", Code::kHardSwish},
    {"Gelu", Code::kGelu},
    {"GeluTanh", Code::kGeluTanh},
    {"Floor", Code::kFloor},
    {"Ceil", Code::kCeil},
    {"Round", Code::kRound},
    {"Sign", Code::kSign},
    {"Softplus", Code::kSoftplus},
    {"Softsign", Code::kSoftsign},
    {"Mish", Code::kMish},
    {"Sin", Code::kSin},
    {"Cos", Code::kCos},
    {"Atan", Code::kAtan},
    {"IsNaN", Code::kIsNaN},
    {"LeakyRelu", Code::kLeakyRelu, "alpha"},
    {"HardSigmoid", Code::kHardSigmoid, "alpha", "beta"},
    {"Swish", Code::kSwish, "alpha"},
    {"Elu", Code::kElu, "alpha"},
    {"Celu", Code::kCelu, "alpha"},
    {"Selu", Code::kSelu, "alpha", "gamma"},
    {"ThresholdedRelu", Code::kThresholdedRelu, "alpha"},
    {"Clip", Code::kClip, "min", "max"},
    {"Add", Code::kAdd},
    {"Sub", Code::kSub},
    {"Mul", Code::kMul},
    {"Div", Code::kDiv},
    {"Min", Code::kMin},
    {"Max", Code::kMax},
    {"Pow", Code::kPow},
    {"PRelu", Code::kPRelu},
    {"Equal", Code::kEqual},
    {"Less", Code::kLess},
    {"LessOrEqual", Code::kLessOrEqual},
    {"Greater", Code::kGreater},
    {"GreaterOrEqual", Code::kGreaterOrEqual},
    {"Where", Code::kSelect},
};
// Operators with rules of their own, below. Square and GeluTanh exist only in chains.
constexpr std::string_view kVariadic[] = {"Sum", "Mean"};
constexpr std::string_view kChain = "onnxrun.ElementwiseChain";

const Row* find_row(std::string_view name) {
  const auto* row = std::ranges::find(kRows, name, &Row::name);
  return row == std::end(kRows) ? nullptr : row;
}

// The value of a constant of one number, else nullopt.
std::optional<float> scalar(const Tensor* t) {
  if (t == nullptr || t->size() != 1) return std::nullopt;
  switch (t->dtype()) {
    case DType::kFloat32: return t->view<float>()[0];
    case DType::kFloat16: return static_cast<float>(t->view<Float16>()[0]);
    case DType::kBFloat16: return static_cast<float>(t->view<BFloat16>()[0]);
    case DType::kInt32: return static_cast<float>(t->view<std::int32_t>()[0]);
    case DType::kInt64: return static_cast<float>(t->view<std::int64_t>()[0]);
    default: return std::nullopt;
  }
}

// x^e by cheaper means where one is exact.
Instruction power(Operand x, float e) {
  const auto simple = [&](Code code) { return Instruction{code, {x}}; };
  if (e == 1.0f) return simple(Code::kCopy);
  if (e == 2.0f) return simple(Code::kSquare);
  if (e == 3.0f) return simple(Code::kCube);
  if (e == 0.5f) return simple(Code::kSqrt);
  if (e == -1.0f) return simple(Code::kReciprocal);
  return {Code::kPowConst, {x}, e};
}

// An instruction of the text form; nullopt with the reason.
std::optional<Instruction> translate(const ChainInstruction& in, std::string& why) {
  const Row* row = find_row(chain_op_name(in.op));
  if (row == nullptr) return why = fmt::format("no loop for \"{}\"", print_instruction(in)), std::nullopt;
  Instruction out{row->code, {}};
  const auto count = static_cast<std::size_t>(operand_count(row->code));
  bool reads = false;
  for (std::size_t i = 0; i < in.operands.size(); ++i) {
    const ChainOperand& o = in.operands[i];
    if (i < count) {
      out.operands[i] = {o.reg, o.value};
      reads = reads || o.reg >= 0;
    } else if (o.reg >= 0) {
      return why = fmt::format("operand {} of \"{}\" is no literal", i, print_instruction(in)), std::nullopt;
    } else {
      (i == count ? out.p : out.q) = o.value;
    }
  }
  if (!reads) return why = fmt::format("\"{}\" has literals only", print_instruction(in)), std::nullopt;
  if (out.code == Code::kPow && out.operands[1].value < 0) return power(out.operands[0], out.operands[1].literal);
  return out;
}

std::optional<Program> chain(const NodeView& node, std::string& why) {
  Program program{node.inputs(), {}};
  for (const ChainInstruction& in : parse_chain(node.attrs().strings("program"), node.inputs())) {
    const auto next = translate(in, why);
    if (!next) return std::nullopt;
    program.code.push_back(*next);
  }
  return program;
}

Program clip(const NodeView& node) {
  Program program{node.inputs(), {}};
  Operand x{0};
  const auto low = node.has(1) ? scalar(node.constant(1)) : -std::numeric_limits<float>::infinity();
  const auto high = node.has(2) ? scalar(node.constant(2)) : std::numeric_limits<float>::infinity();
  if (low && high) {
    program.code.push_back({Code::kClip, {x}, *low, *high});
    return program;
  }
  if (node.has(1)) {
    program.code.push_back({Code::kMax, {x, Operand{1}}});
    x.value = program.inputs;
  }
  if (node.has(2)) program.code.push_back({Code::kMin, {x, Operand{2}}});
  return program;
}

// op(op(x0, x1), x2)...
Program fold(const NodeView& node, Code code) {
  Program program{node.inputs(), {}};
  if (node.inputs() == 1) program.code.push_back({Code::kCopy, {Operand{0}}});
  for (int i = 1; i < node.inputs(); ++i) {
    program.code.push_back({code, {Operand{i == 1 ? 0 : node.inputs() + i - 2}, Operand{i}}});
  }
  return program;
}

std::optional<Program> lone(const NodeView& node, std::string_view name, std::string& why) {
  if (name == "Clip") return clip(node);
  if (name == "Sum") return fold(node, Code::kAdd);
  if (name == "Min") return fold(node, Code::kMin);
  if (name == "Max") return fold(node, Code::kMax);
  if (name == "Mean") {
    Program program = fold(node, Code::kAdd);
    const int sum = program.inputs + static_cast<int>(program.code.size()) - 1;
    program.code.push_back({Code::kDiv, {Operand{sum}, Operand{-1, static_cast<float>(node.inputs())}}});
    return program;
  }
  const Row* row = find_row(name);
  if (row == nullptr) return why = fmt::format("no element-wise program for {}", name), std::nullopt;
  Program program{node.inputs(), {}};
  Instruction only{row->code, {Operand{0}, Operand{1}, Operand{2}}};
  if (!row->p.empty()) only.p = node.attrs().f(row->p);
  if (!row->q.empty()) only.q = node.attrs().f(row->q);
  if (name == "Gelu" && node.attrs().s("approximate", "none") == "tanh") only.code = Code::kGeluTanh;
  if (name == "Pow") {
    const auto e = scalar(node.constant(1));
    // A rank above that of x would give the result more dimensions.
    if (e && node.in(1).ranked() && node.in(0).ranked() && node.in(1).rank() <= node.in(0).rank()) only = power(Operand{0}, *e);
  }
  program.code.push_back(only);
  return program;
}

bool is_float(DType t) { return t == DType::kFloat32 || t == DType::kBFloat16 || t == DType::kFloat16; }

// The element types that the loops can read and write.
bool check_types(const NodeView& node, const Program& program, std::string& why) {
  const Code last = program.code.back().code;
  const bool to_bool = last == Code::kIsNaN || (last >= Code::kEqual && last <= Code::kGreaterOrEqual);
  for (int i = 0; i < node.inputs(); ++i) {
    if (!node.has(i) || !reads(program, i)) continue;
    const Type& type = node.in(i);
    const bool condition = last == Code::kSelect && i == 0;
    if (condition ? type.dtype != DType::kBool : !is_float(type.dtype))
      return why = fmt::format("input {} is {}", i, dtype_name(type.dtype)), false;
    if (!type.ranked()) return why = fmt::format("the rank of input {} is unknown", i), false;
  }
  const Type& out = node.out(0);
  if (!out.ranked()) return why = "the output's rank is unknown", false;
  if (to_bool ? out.dtype != DType::kBool : !is_float(out.dtype))
    return why = fmt::format("the output is {}", dtype_name(out.dtype)), false;
  return true;
}

}  // namespace

int operand_count(Code code) { return code == Code::kSelect ? 3 : code >= Code::kAdd ? 2 : 1; }

bool reads(const Program& program, int input) {
  return std::ranges::any_of(program.code, [&](const Instruction& in) {
    return std::any_of(in.operands, in.operands + operand_count(in.code), [&](const Operand& o) { return o.value == input; });
  });
}

int instruction_cost(Code code) {
  switch (code) {
    case Code::kPow:
    case Code::kPowConst:
    case Code::kSin:
    case Code::kCos: return 40;
    case Code::kMish: return 12;
    case Code::kExp:
    case Code::kLog:
    case Code::kSigmoid:
    case Code::kTanh:
    case Code::kErf:
    case Code::kAtan:
    case Code::kGelu:
    case Code::kGeluTanh:
    case Code::kSoftplus:
    case Code::kSwish:
    case Code::kElu:
    case Code::kCelu:
    case Code::kSelu: return 6;
    case Code::kDiv:
    case Code::kSqrt:
    case Code::kReciprocal:
    case Code::kSoftsign: return 2;
    default: return 1;
  }
}

std::optional<Program> program_of(const NodeView& node, std::string& why) {
  const std::string name = op_full_name(node.op());
  std::optional<Program> program = name == kChain ? chain(node, why) : lone(node, name, why);
  if (program && !check_types(node, *program, why)) return std::nullopt;
  return program;
}

std::vector<std::string_view> program_ops() {
  std::vector<std::string_view> names{kChain};
  for (const Row& row : kRows) {
    if (row.code != Code::kSquare && row.code != Code::kGeluTanh) names.push_back(row.name);
  }
  names.insert(names.end(), std::begin(kVariadic), std::end(kVariadic));
  return names;
}

}  // namespace onnxrun::cpu
