#include "engine/import/types.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "engine/base/check.h"
#include "engine/ir/dim_word.h"

namespace onnxrun {
namespace {

// Whether `param` may be read as an expression. Names like "batch-size" are names, though they parse; and a product of many
// sums would take exponential room.
bool looks_like_expression(const std::string& param) {
  constexpr std::size_t kMaxText = 128;
  constexpr int kMaxSigns = 8;
  if (param.size() > kMaxText) return false;
  int signs = 0;
  for (std::size_t i = 0; i < param.size(); ++i) {
    if (param[i] != '-' && param[i] != '+') continue;
    ++signs;
    const bool tight = i > 0 && i + 1 < param.size() && is_word_char(param[i - 1]) && is_word_char(param[i + 1]);
    if (tight && std::isdigit(static_cast<unsigned char>(param[i + 1])) == 0) return false;
  }
  return signs <= kMaxSigns;
}

// Whether there are more elements than memory has addresses for; symbols count as 1.
bool too_many_elements(const Dims& dims) {
  double count = 1;
  for (const Dim& d : dims) count *= d.known() ? static_cast<double>(d.value()) : 1.0;
  return count >= 0x1p56;
}

// "?", "*" and the like are how exporters say that nobody knows: not one size that all of them share.
bool says_nothing(const std::string& param) {
  return std::ranges::none_of(param, [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; });
}

}  // namespace

DType dtype_from_onnx(std::int32_t number) {
  using P = onnx::TensorProto;
  require(number > P::UNDEFINED && number <= P::FLOAT6E3M2, "element type {} is not one of ONNX", number);
  return static_cast<DType>(number);
}

std::optional<Type> TypeReader::read(const onnx::TypeProto& proto, Graph& graph) {
  const auto list = [&](DType kind, const onnx::TypeProto& inner, DType key = DType::kUndefined) {
    return Type::list(kind, read(inner, graph).value_or(Type()), key);
  };
  if (proto.has_tensor_type()) return tensor(proto.tensor_type(), graph);
  if (proto.has_sequence_type()) return list(DType::kSequence, proto.sequence_type().elem_type());
  if (proto.has_optional_type()) return list(DType::kOptional, proto.optional_type().elem_type());
  if (proto.has_map_type()) {
    return list(DType::kMap, proto.map_type().value_type(), dtype_from_onnx(proto.map_type().key_type()));
  }
  return std::nullopt;
}

std::optional<Type> TypeReader::tensor(const onnx::TypeProto::Tensor& proto, Graph& graph) {
  if (proto.elem_type() == onnx::TensorProto::UNDEFINED) return std::nullopt;
  const DType dtype = dtype_from_onnx(proto.elem_type());
  if (!proto.has_shape()) return Type::tensor(dtype, std::nullopt);
  Dims dims;
  for (const auto& d : proto.shape().dim()) dims.push_back(dim(d, graph));
  require(sizes_.empty() ? ErrorCode::kBadModel : ErrorCode::kUsage, !too_many_elements(dims), "the shape {} has too many elements",
          dims_str(dims));
  return Type::tensor(dtype, std::move(dims));
}

Dim TypeReader::dim(const onnx::TensorShapeProto::Dimension& proto, Graph& graph) {
  if (proto.has_dim_value()) {
    // Some exporters write -1 for a size they don't know.
    if (proto.dim_value() == -1) return graph.fresh_symbol();
    require(proto.dim_value() >= 0, "dimension {} is negative", proto.dim_value());
    return proto.dim_value();
  }
  if (proto.dim_param().empty() || says_nothing(proto.dim_param())) return graph.fresh_symbol();
  const auto known = dims_.find(proto.dim_param());
  if (known != dims_.end()) return known->second;
  return dims_.emplace(proto.dim_param(), named_dim(proto.dim_param(), graph)).first->second;
}

Dim TypeReader::named_dim(const std::string& param, Graph& graph) {
  symbols_.insert(param);
  if (const auto size = sizes_.find(param); size != sizes_.end()) return size->second;
  if (is_fresh_symbol(param)) return graph.fresh_symbol();
  std::optional<Dim> d;
  if (looks_like_expression(param)) d = Dim::parse(param);
  if (!d || (d->known() && d->value() < 0)) d = Dim::symbol(param);
  const Dim bound = d->substitute([&](std::string_view symbol) -> std::optional<Dim> {
    const std::string name(symbol);
    symbols_.insert(name);
    const auto size = sizes_.find(name);
    return size == sizes_.end() ? std::nullopt : std::optional<Dim>(size->second);
  });
  require(ErrorCode::kUsage, !bound.known() || bound.value() >= 0, "dimension {} becomes {} with the sizes given", param,
          bound.value());
  return bound;
}

void TypeReader::check_all_sizes_used() const {
  for (const auto& [name, size] : sizes_) {
    require(ErrorCode::kUsage, size >= 0, "the size {} given for dimension {} is negative", size, name);
    require(ErrorCode::kUsage, symbols_.contains(name), "a size is given for dimension '{}', but the model's symbols are: {}", name,
            symbols_.empty() ? std::string("none") : fmt::format("{}", fmt::join(symbols_, ", ")));
  }
}

}  // namespace onnxrun
