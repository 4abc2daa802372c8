// Cast: the elements converted to the element type `to` (common/convert.h says how). CastLike takes the type from input 1 and
// becomes a Cast at import.
// To integers of 4 and 2 bits: as to any integer, the low bits. Floats of 8, 6 and 4 bits: common/small_numbers.h.
// Versions: 1 has `to` as a word ("FLOAT"), 6 as a number of TensorProto.DataType; 19 added saturate, 24 round_mode (both for
// 8-bit floats only); the others added types.
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/copy.h"
#include "ops/common/number_text.h"
#include "ops/common/packed.h"
#include "ops/common/small_numbers.h"

namespace onnxrun {
namespace {

std::int64_t type_from_word(std::string_view word) {
  constexpr std::string_view kWords[] = {"UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64",
                                         "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64"};
  const auto at = std::ranges::find(kWords, word);
  require(at != std::end(kWords) && at != std::begin(kWords), "attribute to = \"{}\" is not an element type", word);
  return at - std::begin(kWords);
}

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() < 6) ctx.attrs().set("to", type_from_word(ctx.attrs().s("to")));
}

void upgrade_like(UpgradeContext& ctx) {
  const DType to = ctx.type(1).dtype;
  require(ErrorCode::kUnsupported, to != DType::kUndefined, "the element type of input 1 is not known");
  Attributes attrs = ctx.attrs();
  attrs.set("to", static_cast<std::int64_t>(to));
  ctx.replace_with({ctx.build("Cast", {ctx.in(0)}, std::move(attrs))});
}

void infer_contents(InferContext& ctx, DType to) {
  auto known = contents_of(ctx, 0);
  if (!known || (to != DType::kInt64 && to != DType::kInt32 && to != DType::kBool)) return;
  if (to == DType::kBool) {
    for (Dim& d : *known) {
      const auto zero = equal(d, Dim(0));
      if (!zero) return;
      d = Dim(*zero ? 0 : 1);
    }
  }
  ctx.set_contents(0, std::move(*known));
}

void infer(InferContext& ctx) {
  const DType to = dtype_attribute(ctx.attrs(), "to");
  const std::string& round = ctx.attrs().s("round_mode");
  require(round == "up" || round == "down" || round == "nearest", "round_mode = \"{}\", want up, down or nearest", round);
  Type type = ctx.in(0);
  type.dtype = to;
  ctx.set(0, std::move(type));
  infer_contents(ctx, to);
}

void infer_like(InferContext& ctx) {
  Type type = ctx.in(0);
  type.dtype = ctx.dtype(1);
  ctx.set(0, std::move(type));
}

template <class T>
std::string to_text(T v) {
  if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
    return number_text(static_cast<float>(v));
  } else if constexpr (std::is_floating_point_v<T>) {
    return number_text(v);
  } else {
    return std::to_string(v);
  }
}

template <class T>
T from_text(const std::string& text) {
  if constexpr (std::is_same_v<T, bool> || !std::is_integral_v<T>) {
    return convert_element<T>(number_from_text(text));
  } else if constexpr (std::is_unsigned_v<T>) {
    return convert_element<T>(unsigned_from_text(text));
  } else {
    return convert_element<T>(integer_from_text(text));
  }
}

// E8M0 has powers of two only; round_mode says which neighbour becomes of what lies between.
std::uint8_t encode_exponent(double v, const std::string& round_mode, bool saturate) {
  constexpr std::uint8_t kNan = 0xff;
  if (v != v || v < 0) return kNan;
  if (!saturate && (v == 0 || v < 0x1p-127 || std::isinf(v))) return kNan;
  if (v < 0x1p-127) return 0;
  if (std::isinf(v)) return 254;
  int exponent = std::ilogb(v);
  const double down = std::ldexp(1.0, exponent);
  const bool up = round_mode == "nearest" ? v >= 1.5 * down : round_mode == "up" && v > down;
  exponent += up ? 1 : 0;
  if (exponent > 127) return saturate ? 254 : kNan;
  return static_cast<std::uint8_t>(exponent + 127);
}

std::uint8_t encode(const Attributes& attrs, DType to, double v) {
  switch (to) {
    case DType::kUInt4:
    case DType::kInt4:
    case DType::kUInt2:
    case DType::kInt2: return static_cast<std::uint8_t>(convert_element<std::int64_t>(v));
    case DType::kFloat8E8M0: return encode_exponent(v, attrs.s("round_mode"), attrs.i("saturate") != 0);
    default: return encode_small(to, v, attrs.i("saturate") != 0);
  }
}

// From or to a type that C++ has no name for, by way of double.
void cast_small(ReferenceContext& ctx) {
  const TensorView &x = ctx.in(0), &y = ctx.out(0);
  std::vector<double> values;
  if (is_small_number(x.dtype)) {
    for (const std::uint8_t code : unpack(x)) values.push_back(decode_small(x.dtype, code));
  } else if (x.dtype == DType::kString) {
    for (const std::string& text : ctx.in<std::string>(0)) values.push_back(number_from_text(text));
  } else {
    values = converted<double>(x);
  }
  if (is_small_number(y.dtype)) {
    std::vector<std::uint8_t> codes;
    for (const double v : values) codes.push_back(encode(ctx.attrs(), y.dtype, v));
    return pack(codes, y);
  }
  if (y.dtype == DType::kString) {
    std::transform(values.begin(), values.end(), y.as<std::string>(), [](double v) { return number_text(v); });
    return;
  }
  dispatch(y.dtype, NumberAndBoolTypes{}, [&]<class U>() { std::transform(values.begin(), values.end(), y.as<U>(), convert_element<U, double>); });
}

void reference(ReferenceContext& ctx) {
  const TensorView& x = ctx.in(0);
  const TensorView& y = ctx.out(0);
  if (x.dtype == y.dtype) return copy_reference(ctx);
  if (is_small_number(x.dtype) || is_small_number(y.dtype)) return cast_small(ctx);
  const auto each = [&](auto convert) {
    for (std::int64_t i = 0; i < x.size; ++i) convert(i);
  };
  if (y.dtype == DType::kString) {
    dispatch(x.dtype, NumberAndBoolTypes{}, [&]<class T>() {
      each([&](std::int64_t i) { y.as<std::string>()[i] = to_text(load(x.as<const T>(), i)); });
    });
  } else if (x.dtype == DType::kString) {
    dispatch(y.dtype, NumberAndBoolTypes{}, [&]<class U>() {
      each([&](std::int64_t i) { y.as<U>()[i] = from_text<U>(x.as<const std::string>()[i]); });
    });
  } else {
    dispatch(x.dtype, NumberAndBoolTypes{}, [&]<class T>() {
      dispatch(y.dtype, NumberAndBoolTypes{}, [&]<class U>() {
        each([&](std::int64_t i) { y.as<U>()[i] = convert_element<U>(load(x.as<const T>(), i)); });
      });
    });
  }
}

}  // namespace

std::span<const OpDef> cast_ops() {
  static const OpDef defs[] = {
      {.name = "Cast", .versions = {1, 6, 9, 13, 19, 21, 23, 24, 25, 28},
       .attributes = {{"to", {}, true}, {"saturate", std::int64_t{1}}, {"round_mode", std::string("up")}},
       .upgrade = upgrade, .infer = infer, .reference = reference, .traits = {.elementwise = true}},
      {.name = "CastLike", .versions = {15, 19, 21, 23, 24, 25}, .inputs = {2, 2},
       .attributes = {{"saturate", std::int64_t{1}}, {"round_mode", std::string("up")}},
       .upgrade = upgrade_like, .infer = infer_like},
  };
  return defs;
}

}  // namespace onnxrun
