#include "engine/ir/type.h"

#include <doctest/doctest.h>

namespace onnxrun {
namespace {

TEST_CASE("type: text") {
  CHECK(Type().str() == "undefined[...]");
  CHECK(Type::tensor(DType::kFloat32, Dims{}).str() == "f32[]");
  CHECK(Type::tensor(DType::kInt4, std::nullopt).str() == "i4[...]");
  CHECK(Type::tensor(DType::kBFloat16, Dims{Dim::symbol("N"), 3, 4}, Layout::kChannelsLast).str() == "bf16[N, 3, 4]@channels_last");
  CHECK(Type::list(DType::kSequence).str() == "seq(?)");
  const Type seq = Type::list(DType::kSequence, Type::tensor(DType::kString, Dims{2}));
  CHECK(seq.str() == "seq(str[2])");
  CHECK(Type::list(DType::kOptional, seq).str() == "optional(seq(str[2]))");
  CHECK(Type::list(DType::kMap, seq, DType::kInt64).str() == "map(i64, seq(str[2]))");
}

TEST_CASE("type: equality looks at everything, elements included") {
  const Type a = Type::tensor(DType::kFloat32, Dims{1, 2, 3});
  CHECK(a == Type::tensor(DType::kFloat32, Dims{1, 2, 3}));
  CHECK(!(a == Type::tensor(DType::kFloat16, Dims{1, 2, 3})));
  CHECK(!(a == Type::tensor(DType::kFloat32, Dims{1, 2, 4})));
  CHECK(!(a == Type::tensor(DType::kFloat32, std::nullopt)));
  CHECK(!(a == Type::tensor(DType::kFloat32, Dims{1, 2, 3}, Layout::kChannelsLast)));
  const auto seq_of = [](const Type& t) { return Type::list(DType::kSequence, t); };
  CHECK(seq_of(a) == seq_of(a));
  CHECK(!(seq_of(a) == seq_of(Type())));
  CHECK(!(seq_of(a) == a));
  CHECK(!(seq_of(a) == Type::list(DType::kOptional, a)));
  CHECK(!(Type::list(DType::kMap, a, DType::kInt64) == Type::list(DType::kMap, a, DType::kString)));
}

TEST_CASE("type: the static shape is there when every dimension is a number") {
  CHECK(*Type::tensor(DType::kFloat32, Dims{2, 3}).static_shape() == Shape{2, 3});
  CHECK(Type::tensor(DType::kFloat32, Dims{}).static_shape()->empty());
  CHECK(!Type::tensor(DType::kFloat32, Dims{2, Dim::symbol("N")}).static_shape());
  CHECK(!Type::tensor(DType::kFloat32, std::nullopt).static_shape());
}

}  // namespace
}  // namespace onnxrun
