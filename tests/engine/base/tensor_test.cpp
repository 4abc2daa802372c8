#include "onnxrun/tensor.h"

#include <doctest/doctest.h>

#include "onnxrun/error.h"

using namespace onnxrun;

TEST_CASE("tensor: lists hold tensors, and share their memory") {
  const Tensor a = Tensor::of<float>({2}, {1, 2});
  const Tensor s = Tensor::sequence({a, Tensor::of<float>({1}, {3})});
  CHECK(s.dtype() == DType::kSequence);
  CHECK(s.shape().empty());
  REQUIRE(s.list().size() == 2);
  CHECK(s.list()[0].data() == a.data());
  CHECK(Tensor::optional().list().empty());
  CHECK(Tensor::optional(s).list()[0].list()[1].view<float>()[0] == 3);
  const Tensor m = Tensor::map(Tensor::of<std::string>({1}, {"x"}), a.reshaped({1, 2}));
  CHECK(m.list()[0].view<std::string>()[0] == "x");
}

TEST_CASE("tensor: a list's clone has elements of its own") {
  const Tensor s = Tensor::sequence({Tensor::sequence({Tensor::of<float>({1}, {1})})});
  const Tensor copy = s.clone();
  CHECK(copy.list()[0].list()[0].data() != s.list()[0].list()[0].data());
  CHECK(copy.list()[0].list()[0].view<float>()[0] == 1);
}

TEST_CASE("tensor: resize between lists and other types") {
  Tensor t = Tensor::sequence({Tensor::of<float>({1}, {1})});
  t.resize(DType::kFloat32, Shape{2});
  CHECK(t.view<float>().size() == 2);
  t.resize(DType::kString, Shape{});
  t.resize(DType::kOptional, Shape{});
  CHECK(t.list().empty());
}

TEST_CASE("tensor: borrowed memory is there, and is only written to when it may be") {
  CHECK_THROWS_WITH_AS(Tensor::borrow(DType::kFloat32, {2}, static_cast<void*>(nullptr)), "borrowed memory is null, want 2 elements of f32", Error);
  CHECK(Tensor::borrow(DType::kFloat32, {0}, static_cast<void*>(nullptr)).size() == 0);
  float memory[2] = {1, 2};
  Tensor writable = Tensor::borrow(DType::kFloat32, {2}, static_cast<void*>(memory));
  writable.resize(DType::kFloat32, Shape{1});
  CHECK(writable.data() == memory);
  Tensor readable = Tensor::borrow(DType::kFloat32, {2}, static_cast<const void*>(memory));
  CHECK(readable.view<float>()[1] == 2);
  CHECK_THROWS_WITH_AS(readable.resize(DType::kFloat32, Shape{2}), "the preallocated tensor is memory borrowed for reading only", Error);
}

TEST_CASE("tensor: what is no list is told so") {
  CHECK_THROWS_WITH_AS(Tensor::of<float>({2}, {1, 2}).list(), "the tensor holds 2 of f32, not a list", Error);
  CHECK_THROWS_WITH_AS(Tensor::sequence({Tensor()}), "an element of a seq is empty", Error);
  CHECK_THROWS_WITH_AS(Tensor::map(Tensor::of<std::int64_t>({2}, {1, 2}), Tensor::of<float>({1}, {1})), doctest::Contains("as many values"), Error);
  CHECK(dtype_from_name("seq") == DType::kUndefined);
  CHECK(dtype_name(DType::kMap) == "map");
}
