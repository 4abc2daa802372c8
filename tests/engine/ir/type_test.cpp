#include "engine/ir/type.h"

#include <doctest/doctest.h>

namespace onnxrun {
namespace {

TEST_CASE("type: text") {
  CHECK(Type().str() == "undefined[...]");
  CHECK(Type::tensor(DType::kFloat32, Dims{}).str() == "f32[]");
  CHECK(Type::tensor(DType::kInt4, std::nullopt).str() == "i4[...]");
  CHECK(Type::tensor(DType::kBFloat16, Dims{Dim::symbol("N"), 3, 4}, Layout::kChannelsLast).str() == "bf16[N, 3, 4]@channels_last");
  Type seq;
  seq.kind = TypeKind::kSequence;
  CHECK(seq.str() == "seq(?)");
  seq.element = std::make_shared<const Type>(Type::tensor(DType::kString, Dims{2}));
  CHECK(seq.str() == "seq(str[2])");
  Type map;
  map.kind = TypeKind::kMap;
  map.dtype = DType::kInt64;
  map.element = std::make_shared<const Type>(seq);
  CHECK(map.str() == "map(i64, seq(str[2]))");
}

TEST_CASE("type: equality looks at everything, elements included") {
  const Type a = Type::tensor(DType::kFloat32, Dims{1, 2, 3});
  CHECK(a == Type::tensor(DType::kFloat32, Dims{1, 2, 3}));
  CHECK(!(a == Type::tensor(DType::kFloat16, Dims{1, 2, 3})));
  CHECK(!(a == Type::tensor(DType::kFloat32, Dims{1, 2, 4})));
  CHECK(!(a == Type::tensor(DType::kFloat32, std::nullopt)));
  CHECK(!(a == Type::tensor(DType::kFloat32, Dims{1, 2, 3}, Layout::kChannelsLast)));
  const auto seq_of = [](Type t) {
    Type s;
    s.kind = TypeKind::kSequence;
    s.element = std::make_shared<const Type>(std::move(t));
    return s;
  };
  CHECK(seq_of(a) == seq_of(a));
  CHECK(!(seq_of(a) == seq_of(Type())));
  CHECK(!(seq_of(a) == a));
}

TEST_CASE("type: the static shape is there when every dimension is a number") {
  CHECK(*Type::tensor(DType::kFloat32, Dims{2, 3}).static_shape() == Shape{2, 3});
  CHECK(Type::tensor(DType::kFloat32, Dims{}).static_shape()->empty());
  CHECK(!Type::tensor(DType::kFloat32, Dims{2, Dim::symbol("N")}).static_shape());
  CHECK(!Type::tensor(DType::kFloat32, std::nullopt).static_shape());
}

}  // namespace
}  // namespace onnxrun
