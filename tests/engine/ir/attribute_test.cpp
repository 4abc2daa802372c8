#include "engine/ir/attribute.h"

#include <doctest/doctest.h>

#include "onnxrun/error.h"

namespace onnxrun {
namespace {

TEST_CASE("attributes: stay sorted, are replaced and erased by name") {
  Attributes a{{"b", std::int64_t{1}}, {"a", 2.0f}};
  a.set("c", std::string("x"));
  a.set("b", std::int64_t{3});
  std::string names;
  for (const auto& [name, value] : a) names += name;
  CHECK(names == "abc");
  CHECK(a.size() == 3);
  CHECK(a.i("b") == 3);
  a.erase("b");
  a.erase("nothing");
  CHECK(!a.has("b"));
  CHECK(a.find("b") == nullptr);
}

TEST_CASE("attributes: are read by kind, with an otherwise") {
  const Attributes a{{"i", std::int64_t{1}}, {"f", 2.0f}, {"s", std::string("x")}, {"is", Ints{1, 2}}};
  CHECK(a.f("f") == 2.0f);
  CHECK(a.s("s") == "x");
  CHECK(a.ints("is") == Ints{1, 2});
  CHECK(a.i("j", 7) == 7);
  CHECK(a.f("g", 0.5f) == 0.5f);
  CHECK(a.s("t", "y") == "y");
  CHECK(a.ints("js", {4}) == Ints{4});
  CHECK_THROWS_WITH_AS(a.i("f"), "attribute f is not an int", Error);
  CHECK_THROWS_WITH_AS(a.i("f", 1), "attribute f is not an int", Error);
  CHECK_THROWS_WITH_AS(a.floats("x"), "attribute x is missing, want a list of floats", Error);
}

TEST_CASE("attributes: equality compares elements of tensors") {
  const auto with = [](Tensor t) { return Attributes{{"t", std::move(t)}}; };
  CHECK(with(Tensor::of<float>({2}, {1, 2})) == with(Tensor::of<float>({2}, {1, 2})));
  CHECK(!(with(Tensor::of<float>({2}, {1, 2})) == with(Tensor::of<float>({2}, {1, 3}))));
  CHECK(!(with(Tensor::of<float>({2}, {1, 2})) == with(Tensor::of<float>({1, 2}, {1, 2}))));
  CHECK(!(with(Tensor::of<float>({0}, {})) == with(Tensor::of<double>({0}, {}))));
  CHECK(with(Tensor::of<std::string>({1}, {"a"})) == with(Tensor::of<std::string>({1}, {"a"})));
  CHECK(!(with(Tensor::of<std::string>({1}, {"a"})) == with(Tensor::of<std::string>({1}, {"b"}))));
  CHECK(Attributes{{"l", Tensors{Tensor::of<float>({}, {1})}}} == Attributes{{"l", Tensors{Tensor::of<float>({}, {1})}}});
  CHECK(!(Attributes{{"l", Tensors{}}} == Attributes{{"l", Ints{}}}));
  CHECK(!(Attributes{{"a", std::int64_t{1}}} == Attributes{{"b", std::int64_t{1}}}));
}

}  // namespace
}  // namespace onnxrun
