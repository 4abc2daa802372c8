// ZipMap: each row of scores (f32[N, E] or one row, f32[E]) as a map from the class labels to them; a sequence of maps.
// CastMap: the values of a map from i64, as a row of another type: DENSE in the order of their keys, SPARSE at the place that the key
// says, of max_map places; floats become text with six decimals: the standard leaves the form open, this is onnxruntime's.
// DictVectorizer: the values of a map at the places that the keys have in the vocabulary; keys that are not in it are left out. The
// result is a row, [1, size], as onnxruntime makes it and exporters declare it, where the standard's text says "1-D".
// Places without a value hold 0 or "". Of version 1 alone.
#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "ops/common/checks.h"
#include "ops/common/dispatch.h"
#include "ops/common/lists.h"
#include "ops/common/number_text.h"

namespace onnxrun {
namespace {

// The attribute with words or the one with numbers, as a vector: one of the two has to be there.
Tensor labels_of(const Attributes& attrs, const char* words, const char* numbers) {
  require(attrs.has(words) != attrs.has(numbers), "has both or none of {} and {}, want one", words, numbers);
  if (attrs.has(words)) {
    const Strings& list = attrs.strings(words);
    return Tensor::of<std::string>({std::ssize(list)}, std::span<const std::string>(list));
  }
  const Ints& list = attrs.ints(numbers);
  return Tensor::of<std::int64_t>({std::ssize(list)}, std::span<const std::int64_t>(list));
}

Tensor class_labels(const Attributes& attrs) { return labels_of(attrs, "classlabels_strings", "classlabels_int64s"); }

void infer_zip(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kFloat32});
  const Tensor labels = class_labels(ctx.attrs());
  if (ctx.has_shape(0)) {
    require(ctx.rank(0) == 1 || ctx.rank(0) == 2, "input 0 has rank {}, want 1 or 2", ctx.rank(0));
    const Dim& columns = ctx.shape(0).back();
    require(!columns.known() || columns.value() == labels.size(), "{} labels for {} columns", labels.size(), columns.str());
  }
  ctx.set(0, Type::list(DType::kSequence, Type::list(DType::kMap, Type::tensor(DType::kFloat32, Dims{}), labels.dtype())));
}

void zip(ReferenceContext& ctx) {
  const Tensor labels = class_labels(ctx.attrs());
  const std::int64_t columns = labels.size(), rows = ctx.in(0).shape.size() == 1 ? 1 : ctx.in(0).shape[0];
  require(ErrorCode::kUsage, ctx.in(0).size == rows * columns, "{} labels for {} columns", columns, ctx.in(0).shape.back());
  std::vector<Tensor> maps;
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto row = ctx.in<float>(0).subspan(static_cast<std::size_t>(r * columns), static_cast<std::size_t>(columns));
    maps.push_back(Tensor::map(labels, Tensor::of<float>({columns}, row)));
  }
  write_list(ctx, 0, std::move(maps));
}

DType value_type(const InferContext& ctx) { return ctx.in(0).element ? ctx.in(0).element->dtype : DType::kUndefined; }

void infer_cast(InferContext& ctx) {
  want_list(ctx, 0, DType::kMap);
  require(ctx.in(0).key == DType::kInt64 || ctx.in(0).key == DType::kUndefined, "the keys are {}, want i64", dtype_name(ctx.in(0).key));
  const std::string to = ctx.attrs().s("cast_to"), form = ctx.attrs().s("map_form");
  require(to == "TO_FLOAT" || to == "TO_STRING" || to == "TO_INT64", "cast_to is '{}', want TO_FLOAT, TO_STRING or TO_INT64", to);
  require(form == "DENSE" || form == "SPARSE", "map_form is '{}', want DENSE or SPARSE", form);
  const std::int64_t width = ctx.attrs().i("max_map");
  require(form == "DENSE" || width > 0, "max_map is {}, want 1 or more", width);
  ctx.set(0, to == "TO_FLOAT" ? DType::kFloat32 : to == "TO_STRING" ? DType::kString : DType::kInt64,
          Dims{1, form == "DENSE" ? ctx.fresh() : Dim(width)});
}

template <class To, class From>
To cast_value(const From& v) {
  if constexpr (std::is_same_v<To, From>) {
    return v;
  } else if constexpr (std::is_same_v<To, std::string>) {
    return fmt::format("{:f}", v);
  } else if constexpr (std::is_same_v<From, std::string>) {
    if constexpr (std::is_same_v<To, std::int64_t>) return integer_from_text(v);
    else return static_cast<To>(number_from_text(v));
  } else {
    return static_cast<To>(v);
  }
}

void cast(ReferenceContext& ctx) {
  const auto keys = list(ctx, 0)[0].view<std::int64_t>();
  const Tensor& values = list(ctx, 0)[1];
  const bool dense = ctx.attrs().s("map_form") == "DENSE";
  const std::int64_t width = dense ? std::ssize(keys) : ctx.attrs().i("max_map");
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return keys[i]; });
  const TensorView& out = ctx.allocate(0, Shape{1, width});
  dispatch(out.dtype, TypeList<float, std::int64_t, std::string>{}, [&]<class To>() {
    To* y = out.as<To>();
    std::fill_n(y, width, To());
    dispatch(values.dtype(), TypeList<float, std::string>{}, [&]<class From>() {
      for (std::size_t i = 0; i < order.size(); ++i) {
        const std::int64_t key = keys[order[i]];
        require(ErrorCode::kUsage, dense || (key >= 0 && key < width), "key {} is outside max_map = {}", key, width);
        y[dense ? static_cast<std::int64_t>(i) : key] = cast_value<To>(values.view<From>()[order[i]]);
      }
    });
  });
}

Tensor vocabulary(const Attributes& attrs) { return labels_of(attrs, "string_vocabulary", "int64_vocabulary"); }

void infer_dict(InferContext& ctx) {
  want_list(ctx, 0, DType::kMap);
  const Tensor words = vocabulary(ctx.attrs());
  require(ctx.in(0).key == words.dtype() || ctx.in(0).key == DType::kUndefined, "the keys are {}, the vocabulary {}",
          dtype_name(ctx.in(0).key), dtype_name(words.dtype()));
  ctx.set(0, value_type(ctx), Dims{1, Dim(words.size())});
}

void dict(ReferenceContext& ctx) {
  const Tensor words = vocabulary(ctx.attrs());
  const Tensor &keys = list(ctx, 0)[0], &values = list(ctx, 0)[1];
  const TensorView& out = ctx.allocate(0, Shape{1, words.size()});
  dispatch(out.dtype, TypeList<float, double, std::int64_t, std::string>{}, [&]<class V>() {
    std::fill_n(out.as<V>(), words.size(), V());
    dispatch(words.dtype(), TypeList<std::int64_t, std::string>{}, [&]<class K>() {
      for (std::size_t i = 0; i < keys.view<K>().size(); ++i) {
        const auto at = std::ranges::find(words.view<K>(), keys.view<K>()[i]);
        if (at != words.view<K>().end()) out.as<V>()[at - words.view<K>().begin()] = values.view<V>()[i];
      }
    });
  });
}

}  // namespace

std::span<const OpDef> maps_ops() {
  static const OpDef defs[] = {
      {.name = "ZipMap", .domain = kOnnxMl, .attributes = {{"classlabels_int64s"}, {"classlabels_strings"}}, .infer = infer_zip,
       .reference = zip},
      {.name = "CastMap", .domain = kOnnxMl,
       .attributes = {{"cast_to", std::string("TO_FLOAT")}, {"map_form", std::string("DENSE")}, {"max_map", std::int64_t{1}}},
       .infer = infer_cast, .reference = cast, .traits = {.lists = true}},
      {.name = "DictVectorizer", .domain = kOnnxMl, .attributes = {{"int64_vocabulary"}, {"string_vocabulary"}}, .infer = infer_dict,
       .reference = dict, .traits = {.lists = true}},
  };
  return defs;
}

}  // namespace onnxrun
