// Element-wise operators, alone and as onnxrun.ElementwiseChain, and Cast: each is a program that one kernel interprets.
#include <algorithm>
#include <limits>

#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/float_types.h"
#include "engine/base/half.h"
#include "engine/ir/elementwise_chain.h"

namespace onnxrun::cuda {
namespace {

constexpr std::string_view kChain = "onnxrun.ElementwiseChain";

// A name that stands for an operator, for an instruction of a chain, or for both.
struct Row {
  std::string_view name;
  Code code;
  int operands;
  bool floats, integers;  // what the operator takes
  // The operator's attributes that are the instruction's parameters; in a chain they follow as literals.
  std::string_view p = {}, q = {};
};

constexpr Row kRows[] = {
    {"Neg", Code::kNeg, 1, true, true},
    {"Abs", Code::kAbs, 1, true, true},
    {"Sign", Code::kSign, 1, true, true},
    {"Not", Code::kNot, 1, false, true},
    {"Sqrt", Code::kSqrt, 1, true, false},
    {"Reciprocal", Code::kReciprocal, 1, true, false},
    {"Square", Code::kSquare, 1, true, false},
    {"Exp", Code::kExp, 1, true, false},
    {"Log", Code::kLog, 1, true, false},
    {"Relu", Code::kRelu, 1, true, false},
    {"Sigmoid", Code::kSigmoid, 1, true, false},
    {"Tanh", Code::kTanh, 1, true, false},
    {"Erf", Code::kErf, 1, true, false},
    {"HardSwish", Code::kHardSwish, 1, true, false},
    {"Gelu", Code::kGelu, 1, true, false},
    {"GeluTanh", Code::kGeluTanh, 1, true, false},
    {"Floor", Code::kFloor, 1, true, false},
    {"Ceil", Code::kCeil, 1, true, false},
    {"Round", Code::kRound, 1, true, false},
    {"Softplus", Code::kSoftplus, 1, true, false},
    {"Softsign", Code::kSoftsign, 1, true, false},
    {"Mish", Code::kMish, 1, true, false},
    {"Sin", Code::kSin, 1, true, false},
    {"Cos", Code::kCos, 1, true, false},
    {"IsNaN", Code::kIsNaN, 1, true, false},
    {"LeakyRelu", Code::kLeakyRelu, 1, true, false, "alpha"},
    {"HardSigmoid", Code::kHardSigmoid, 1, true, false, "alpha", "beta"},
    {"Swish", Code::kSwish, 1, true, false, "alpha"},
    {"Elu", Code::kElu, 1, true, false, "alpha"},
    {"Celu", Code::kCelu, 1, true, false, "alpha"},
    {"Selu", Code::kSelu, 1, true, false, "alpha", "gamma"},
    {"ThresholdedRelu", Code::kThresholdedRelu, 1, true, false, "alpha"},
    {"Clip", Code::kClip, 1, true, false, "min", "max"},
    {"Add", Code::kAdd, 2, true, true},
    {"Sub", Code::kSub, 2, true, true},
    {"Mul", Code::kMul, 2, true, true},
    {"Div", Code::kDiv, 2, true, true},
    {"Min", Code::kMin, 2, true, true},
    {"Max", Code::kMax, 2, true, true},
    {"Pow", Code::kPow, 2, true, false},
    {"PRelu", Code::kPRelu, 2, true, false},
    {"Equal", Code::kEqual, 2, true, true},
    {"Less", Code::kLess, 2, true, true},
    {"LessOrEqual", Code::kLessOrEqual, 2, true, true},
    {"Greater", Code::kGreater, 2, true, true},
    {"GreaterOrEqual", Code::kGreaterOrEqual, 2, true, true},
    {"And", Code::kAnd, 2, false, true},
    {"Or", Code::kOr, 2, false, true},
    {"Xor", Code::kXor, 2, false, true},
    {"Where", Code::kSelect, 3, true, true},
};
constexpr std::string_view kVariadic[] = {"Sum", "Mean"};

const Row* find_row(std::string_view name) {
  const auto* row = std::ranges::find(kRows, name, &Row::name);
  return row == std::end(kRows) ? nullptr : row;
}

constexpr Operand reg(int r) { return {r, 0}; }
constexpr Operand literal(float v) { return {-1, v}; }

using Program = std::vector<Instruction>;

std::string chain(const NodeView& node, Program& program) {
  for (const ChainInstruction& in : parse_chain(node.attrs().strings("program"), node.inputs())) {
    const Row* row = find_row(chain_op_name(in.op));
    if (row == nullptr) return fmt::format("no code for \"{}\"", print_instruction(in));
    Instruction out{row->code, {}, 0, 0};
    for (std::size_t i = 0; i < in.operands.size(); ++i) {
      const ChainOperand& o = in.operands[i];
      if (static_cast<int>(i) < row->operands) {
        out.operands[i] = {o.reg, o.value};
      } else if (o.reg >= 0) {
        return fmt::format("operand {} of \"{}\" is no literal", i, print_instruction(in));
      } else {
        (static_cast<int>(i) == row->operands ? out.p : out.q) = o.value;
      }
    }
    program.push_back(out);
  }
  return {};
}

// op(op(x0, x1), x2)...
void fold(const NodeView& node, Code code, Program& program) {
  if (node.inputs() == 1) program.push_back({Code::kCopy, {reg(0)}, 0, 0});
  for (int i = 1; i < node.inputs(); ++i) program.push_back({code, {reg(i == 1 ? 0 : node.inputs() + i - 2), reg(i)}, 0, 0});
}

std::string lone(const NodeView& node, std::string_view name, Program& program) {
  const int n = node.inputs();
  if (name == "Cast") return program.push_back({Code::kCopy, {reg(0)}, 0, 0}), "";
  if (name == "Clip") {
    int x = 0;
    if (node.has(1)) program.push_back({Code::kMax, {reg(x), reg(1)}, 0, 0}), x = n;
    if (node.has(2)) program.push_back({Code::kMin, {reg(x), reg(2)}, 0, 0});
    if (program.empty()) program.push_back({Code::kCopy, {reg(0)}, 0, 0});
    return "";
  }
  if (name == "Sum" || name == "Mean") {
    fold(node, Code::kAdd, program);
    const int sum = n + static_cast<int>(program.size()) - 1;
    if (name == "Mean") program.push_back({Code::kDiv, {reg(sum), literal(static_cast<float>(n))}, 0, 0});
    return "";
  }
  const Row& row = *find_row(name);
  if (name == "Min" || name == "Max") return fold(node, row.code, program), "";
  Instruction only{row.code, {reg(0), reg(row.operands > 1 ? 1 : 0), reg(row.operands > 2 ? 2 : 0)}, 0, 0};
  if (!row.p.empty()) only.p = node.attrs().f(row.p);
  if (!row.q.empty()) only.q = node.attrs().f(row.q);
  if (name == "Gelu" && node.attrs().s("approximate", "none") == "tanh") only.code = Code::kGeluTanh;
  program.push_back(only);
  return "";
}

// Fills `program`, or says why there is none.
std::string make_program(const NodeView& node, Program& program) {
  if (node.inputs() > kMaxInputs) return fmt::format("{} inputs, at most {}", node.inputs(), kMaxInputs);
  const std::string name = op_full_name(node.op());
  std::string why = name == kChain ? chain(node, program) : lone(node, name, program);
  if (why.empty() && program.size() > kMaxInstructions)
    why = fmt::format("{} instructions, at most {}", program.size(), kMaxInstructions);
  return why;
}

// All inputs integers or bools, and the result one, too.
bool in_integers(const NodeView& node) {
  for (int i = 0; i < node.inputs(); ++i) {
    if (node.has(i) && !is_integer(node.in(i).dtype)) return false;
  }
  return is_integer(node.out(0).dtype);
}

std::string refuse_types(const NodeView& node) {
  const std::string name = op_full_name(node.op());
  const Row* row = find_row(name);
  const bool cast = name == "Cast";
  for (int i = 0; i < node.inputs(); ++i) {
    if (!node.has(i)) continue;
    const Type& x = node.in(i);
    if (!x.ranked()) return fmt::format("the rank of input {} is unknown", i);
    if (elem_of(x.dtype) == Elem::kNone) return fmt::format("input {} is {}", i, dtype_name(x.dtype));
    if (cast || (name == "Where" && i == 0)) continue;
    const bool fine = is_f32_like(x.dtype) ? row == nullptr || row->floats : row != nullptr && row->integers;
    if (!fine) return fmt::format("input {} is {}", i, dtype_name(x.dtype));
  }
  const Type& y = node.out(0);
  if (!y.ranked()) return "the output's rank is unknown";
  if (y.rank() > kMaxDims) return fmt::format("rank {}, at most {}", y.rank(), kMaxDims);
  if (elem_of(y.dtype) == Elem::kNone) return fmt::format("the output is {}", dtype_name(y.dtype));
  // By way of f32 it would be rounded twice.
  if (cast && y.dtype == DType::kBFloat16 && (node.in(0).dtype == DType::kInt32 || node.in(0).dtype == DType::kInt64)) {
    return fmt::format("from {} to bf16", dtype_name(node.in(0).dtype));
  }
  return {};
}

Claim claim(const NodeView& node) {
  if (const std::string why = refuse_types(node); !why.empty()) return Claim::no("{}", why);
  Program program;
  const std::string why = make_program(node, program);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  Program program;
  make_program(node, program);
  const Nest nest = broadcast_nest(node);
  ElementwiseArgs args{};
  args.loops = nest.loops;
  args.integers = in_integers(node);
  args.want_finite = node.attrs().i("want_finite", 0) != 0;
  args.inputs = node.inputs();
  args.instructions = static_cast<int>(program.size());
  for (int i = 0; i < node.inputs(); ++i) {
    args.in_type[i] = node.has(i) ? elem_of(node.in(i).dtype) : Elem::kNone;
    args.in_strides[i] = nest.strides[static_cast<std::size_t>(i)];
  }
  args.out_type = elem_of(node.out(0).dtype);
  std::ranges::copy(program, args.code);
  const bool same = node.inputs() > 0 && node.in(0).dtype == node.out(0).dtype && node.in(0).layout == node.out(0).layout &&
                    node.in_shape(0) == node.out_shape(0);
  return std::make_unique<LaunchKernel<ElementwiseArgs>>(
      ctx, "element-wise", &Api::elementwise, args,
      [](ElementwiseArgs& a, const KernelArgs& k) {
        for (int i = 0; i < a.inputs; ++i) a.in[i] = k.inputs[static_cast<std::size_t>(i)].data;
        a.out = k.outputs[0].data;
      },
      same ? 0 : -1);
}

}  // namespace

std::span<const KernelEntry> elementwise_kernels() {
  static const std::vector<KernelEntry> entries = [] {
    std::vector<KernelEntry> list{{kChain, claim, prepare}, {"Cast", claim, prepare}};
    for (const Row& row : kRows) {
      if (row.code != Code::kSquare && row.code != Code::kGeluTanh) list.push_back({row.name, claim, prepare});
    }
    for (const std::string_view name : kVariadic) list.push_back({name, claim, prepare});
    return list;
  }();
  return entries;
}

}  // namespace onnxrun::cuda
