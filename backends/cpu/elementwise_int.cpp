// Element-wise operators on integers and bools: plain loops over rows, with broadcasting.
#include <cstdint>
#include <functional>
#include <type_traits>

#include "backends/cpu/broadcast.h"
#include "engine/base/check.h"

namespace onnxrun::cpu {
namespace {

constexpr std::int64_t kGrain = 16384;

// Wrapping arithmetic: overflow is defined for unsigned numbers only.
template <class T, class F>
T wrap(T a, T b, F f) {
  using U = std::make_unsigned_t<T>;
  return static_cast<T>(f(static_cast<U>(a), static_cast<U>(b)));
}

struct Add {
  template <class T>
  T operator()(T a, T b) const {
    return wrap(a, b, std::plus<>());
  }
};
struct Sub {
  template <class T>
  T operator()(T a, T b) const {
    return wrap(a, b, std::minus<>());
  }
};
struct Mul {
  template <class T>
  T operator()(T a, T b) const {
    return wrap(a, b, std::multiplies<>());
  }
};
struct Div {
  template <class T>
  T operator()(T a, T b) const {
    require(ErrorCode::kUsage, b != 0, "integer division by zero");
    return b == -1 ? wrap(T{0}, a, std::minus<>()) : static_cast<T>(a / b);
  }
};
// Bools are bytes here: whatever is not 0 is true.
struct And {
  template <class T>
  bool operator()(T a, T b) const {
    return a != 0 && b != 0;
  }
};
struct Or {
  template <class T>
  bool operator()(T a, T b) const {
    return a != 0 || b != 0;
  }
};
struct Xor {
  template <class T>
  bool operator()(T a, T b) const {
    return (a != 0) != (b != 0);
  }
};
struct Same {
  template <class T>
  bool operator()(T a, T b) const {
    return (a != 0) == (b != 0);
  }
};
struct Min {
  template <class T>
  T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};
struct Max {
  template <class T>
  T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};

using BinaryRun = void (*)(const Sweep&, const TensorView& a, const TensorView& b, const TensorView& y, std::int64_t begin,
                           std::int64_t end);

template <class T, class R, class F>
void binary(const Sweep& sweep, const TensorView& a, const TensorView& b, const TensorView& y, std::int64_t begin,
            std::int64_t end) {
  const std::int64_t sa = sweep.strides[0].back(), sb = sweep.strides[1].back();
  for_runs<2>(sweep, {0, 1}, begin, end, [&](std::int64_t first, std::int64_t count, const std::int64_t(&offsets)[2]) {
    const T* pa = a.as<const T>() + offsets[0];
    const T* pb = b.as<const T>() + offsets[1];
    R* py = y.as<R>() + first;
    if (sa == 1 && sb == 1) {
      for (std::int64_t k = 0; k < count; ++k) py[k] = static_cast<R>(F()(pa[k], pb[k]));
    } else {
      for (std::int64_t k = 0; k < count; ++k) py[k] = static_cast<R>(F()(pa[k * sa], pb[k * sb]));
    }
  });
}

template <class F>
BinaryRun arithmetic(DType dtype) {
  if (dtype == DType::kInt64) return binary<std::int64_t, std::int64_t, F>;
  if (dtype == DType::kInt32) return binary<std::int32_t, std::int32_t, F>;
  return nullptr;
}

template <class F>
BinaryRun comparison(DType dtype) {
  if (dtype == DType::kInt64) return binary<std::int64_t, bool, F>;
  if (dtype == DType::kInt32) return binary<std::int32_t, bool, F>;
  if (dtype == DType::kUInt8) return binary<std::uint8_t, bool, F>;
  return nullptr;
}

template <class F>
BinaryRun logical(DType dtype) {
  return dtype == DType::kBool ? binary<std::uint8_t, bool, F> : nullptr;
}

BinaryRun equality(DType dtype) { return dtype == DType::kBool ? logical<Same>(dtype) : comparison<std::equal_to<>>(dtype); }

struct Row {
  std::string_view op;
  BinaryRun (*choose)(DType);
};
constexpr Row kRows[] = {
    {"Add", arithmetic<Add>},
    {"Sub", arithmetic<Sub>},
    {"Mul", arithmetic<Mul>},
    {"Div", arithmetic<Div>},
    {"Min", arithmetic<Min>},
    {"Max", arithmetic<Max>},
    {"Equal", equality},
    {"Less", comparison<std::less<>>},
    {"LessOrEqual", comparison<std::less_equal<>>},
    {"Greater", comparison<std::greater<>>},
    {"GreaterOrEqual", comparison<std::greater_equal<>>},
    {"And", logical<And>},
    {"Or", logical<Or>},
    {"Xor", logical<Xor>},
};

BinaryRun find(const NodeView& node) {
  for (const Row& row : kRows) {
    if (row.op == node.op().name) return row.choose(node.in(0).dtype);
  }
  return nullptr;
}

class BinaryKernel : public Kernel {
 public:
  explicit BinaryKernel(const NodeView& node) : sweep_(make_sweep(node)), run_(find(node)) {}
  std::string describe() const override { return "element-wise integer loop"; }
  void run(const KernelArgs& args) const override {
    args.parallel.range(args.outputs[0].size, kGrain, [&](std::int64_t begin, std::int64_t end) {
      run_(sweep_, args.inputs[0], args.inputs[1], args.outputs[0], begin, end);
    });
  }

 private:
  Sweep sweep_;
  BinaryRun run_;
};

Claim claim_binary(const NodeView& node) {
  if (node.inputs() != 2) return Claim::no("{} integer inputs, want 2", node.inputs());
  for (int i = 0; i < 2; ++i) {
    if (!node.in(i).ranked()) return Claim::no("the rank of input {} is unknown", i);
  }
  if (!node.out(0).ranked() || node.out(0).rank() > kMaxRank) return Claim::no("rank above {} or unknown", kMaxRank);
  if (find(node) == nullptr) return Claim::no("no loop for {}", dtype_name(node.in(0).dtype));
  return Claim::yes();
}

class NotKernel : public Kernel {
 public:
  int in_place_input(int) const override { return 0; }
  std::string describe() const override { return "element-wise bool loop"; }
  void run(const KernelArgs& args) const override {
    const auto* x = args.inputs[0].as<const std::uint8_t>();
    auto* y = args.outputs[0].as<std::uint8_t>();
    args.parallel.range(args.outputs[0].size, kGrain, [&](std::int64_t begin, std::int64_t end) {
      const std::uint8_t* from = x;  // bytes may be anything, captured pointers too: these are not
      std::uint8_t* to = y;
      for (std::int64_t i = begin; i < end; ++i) to[i] = from[i] == 0;
    });
  }
};

Claim claim_not(const NodeView& node) {
  return node.in(0).layout == node.out(0).layout ? Claim::yes() : Claim::no("the layouts differ");
}

}  // namespace

std::span<const KernelEntry> elementwise_int_kernels() {
  static const std::vector<KernelEntry> entries = [] {
    std::vector<KernelEntry> list;
    for (const Row& row : kRows) {
      list.push_back({row.op, claim_binary, make_kernel<BinaryKernel>});
    }
    list.push_back({"Not", claim_not,
                    [](const NodeView&, PrepareContext&) -> std::unique_ptr<Kernel> { return std::make_unique<NotKernel>(); }});
    return list;
  }();
  return entries;
}

}  // namespace onnxrun::cpu
