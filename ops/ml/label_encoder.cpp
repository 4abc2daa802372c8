// ai.onnx.ml LabelEncoder and CategoryMapper: every element replaced by the value that stands beside its key, or by a default.
// Versions of LabelEncoder: 1 has classes_strings, whose keys are their places; 2 has lists of keys and values; 4 adds tensors of
// them. CategoryMapper has one list of strings and one of integers, and maps whichever the input is to the other.
// At import all become keys_tensor, values_tensor and default_tensor.
#include <map>
#include <numeric>

#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/dispatch.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

template <class T>
Tensor vector_of(const std::vector<T>& list) {
  return Tensor::of<T>({static_cast<std::int64_t>(list.size())}, std::span<const T>(list));
}

// The list that attributes <name>_strings, <name>_int64s, <name>_floats or <name>_tensor hold; the last one wins.
Tensor list_of(const Attributes& attrs, const std::string& name) {
  if (attrs.has(name + "_tensor")) return attrs.t(name + "_tensor");
  if (attrs.has(name + "_strings")) return vector_of(attrs.strings(name + "_strings"));
  if (attrs.has(name + "_int64s")) return vector_of(attrs.ints(name + "_int64s"));
  require(attrs.has(name + "_floats"), "has no attribute {}_tensor, {}_strings, {}_int64s or {}_floats", name, name, name, name);
  return vector_of(attrs.floats(name + "_floats"));
}

Tensor default_for(const Attributes& attrs, DType dtype) {
  if (attrs.has("default_tensor") && attrs.t("default_tensor").size() == 1) return attrs.t("default_tensor");
  Tensor t(dtype, {});
  switch (dtype) {
    case DType::kString:
      t.view<std::string>()[0] = attrs.s("default_string", "_Unused");
      break;
    case DType::kFloat32:
      t.view<float>()[0] = attrs.f("default_float", -0.0f);
      break;
    case DType::kInt64:
      t.view<std::int64_t>()[0] = attrs.i("default_int64", -1);
      break;
    case DType::kFloat64:
      t.view<double>()[0] = -0.0;
      break;
    case DType::kInt32:
      t.view<std::int32_t>()[0] = -1;
      break;
    case DType::kInt16:
      t.view<std::int16_t>()[0] = -1;
      break;
    default:
      fail(ErrorCode::kUnsupported, "labels can't be {}", dtype_name(dtype));
  }
  return t;
}

void set_tables(Attributes& attrs, Tensor keys, Tensor values) {
  const Tensor otherwise = default_for(attrs, values.dtype());
  attrs = {{"keys_tensor", std::move(keys)}, {"values_tensor", std::move(values)}, {"default_tensor", otherwise}};
}

// Words and numbers beside each other, from the type of the input to the other one.
void set_mapping(UpgradeContext& ctx, Tensor words, Tensor numbers) {
  require(words.size() == numbers.size(), "has {} strings and {} integers, want the same number", words.size(), numbers.size());
  const bool from_words = ctx.type(0).dtype == DType::kString;
  set_tables(ctx.attrs(), from_words ? words : numbers, from_words ? numbers : words);
}

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 2) return set_tables(ctx.attrs(), list_of(ctx.attrs(), "keys"), list_of(ctx.attrs(), "values"));
  const Strings& words = ctx.attrs().strings("classes_strings");
  Ints places(words.size());
  std::iota(places.begin(), places.end(), std::int64_t{0});
  set_mapping(ctx, vector_of(words), vector_of(places));
}

void upgrade_mapper(UpgradeContext& ctx) {
  set_mapping(ctx, vector_of(ctx.attrs().strings("cats_strings")), vector_of(ctx.attrs().ints("cats_int64s")));
  ctx.replace_with({build(ctx.graph(), op("LabelEncoder", kOnnxMl), {ctx.in(0)}, Attributes(ctx.attrs()))});
}

// Since version 4 a model may still use lists.
const Tensor table(const Attributes& attrs, const std::string& name) { return list_of(attrs, name); }

void infer(InferContext& ctx) {
  const Tensor keys = table(ctx.attrs(), "keys"), values = table(ctx.attrs(), "values");
  require(keys.size() == values.size(), "has {} keys and {} values, want the same number", keys.size(), values.size());
  want_dtype(ctx, 0, {keys.dtype()});
  const DType otherwise = default_for(ctx.attrs(), values.dtype()).dtype();
  require(otherwise == values.dtype(), "the default is {}, but the values are {}", dtype_name(otherwise),
          dtype_name(values.dtype()));
  ctx.set(0, values.dtype(), ctx.in(0).shape);
}

using LabelTypes = TypeList<std::string, std::int64_t, float, double, std::int32_t, std::int16_t>;

// An order in which NaN equals itself.
struct Less {
  bool operator()(const std::string& a, const std::string& b) const { return a < b; }
  template <class T>
  bool operator()(T a, T b) const {
    return a < b || (a == a && b != b);
  }
};

void reference(ReferenceContext& ctx) {
  const Tensor keys = table(ctx.attrs(), "keys"), values = table(ctx.attrs(), "values");
  const Tensor otherwise = default_for(ctx.attrs(), values.dtype());
  dispatch(keys.dtype(), LabelTypes{}, [&]<class K>() {
    dispatch(values.dtype(), LabelTypes{}, [&]<class V>() {
      std::map<K, std::size_t, Less> places;
      for (std::size_t i = 0; i < static_cast<std::size_t>(keys.size()); ++i) places[keys.view<K>()[i]] = i;
      const auto x = ctx.in<K>(0);
      const auto y = ctx.out<V>(0);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto at = places.find(x[i]);
        y[i] = at == places.end() ? otherwise.view<V>()[0] : values.view<V>()[at->second];
      }
    });
  });
}

}  // namespace

std::span<const OpDef> label_encoder_ops() {
  static const OpDef defs[] = {
      {.name = "LabelEncoder",
       .domain = kOnnxMl,
       .versions = {1, 2, 4},
       .attributes = {{"classes_strings"},
                      {"default_float"},
                      {"default_int64"},
                      {"default_string"},
                      {"default_tensor"},
                      {"keys_floats"},
                      {"keys_int64s"},
                      {"keys_strings"},
                      {"keys_tensor"},
                      {"values_floats"},
                      {"values_int64s"},
                      {"values_strings"},
                      {"values_tensor"}},
       .upgrade = upgrade,
       .infer = infer,
       .reference = reference},
      {.name = "CategoryMapper",
       .domain = kOnnxMl,
       .attributes = {{"cats_int64s"}, {"cats_strings"}, {"default_int64"}, {"default_string"}},
       .upgrade = upgrade_mapper},
  };
  return defs;
}

}  // namespace onnxrun
