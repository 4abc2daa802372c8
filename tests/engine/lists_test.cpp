// Sequences, optionals and maps through the whole engine: import, passes, plans, runs.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "onnxrun/error.h"
#include "onnxrun/session.h"
#include "onnxrun/tensor_file.h"
#include "tests/support/compare.h"
#include "tests/support/model_builder.h"
#include "tests/support/temp_model.h"

namespace onnxrun::test {
namespace {

Tensor vector(std::vector<float> values) { return Tensor::of<float>({std::ssize(values)}, std::span<const float>(values)); }

std::string error_of_run(Session& session, const Tensor& input) {
  try {
    session.run({input});
    return "";
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kUsage);
    return e.what();
  }
}

TEST_CASE("lists: a session takes and gives sequences") {
  const TempModel model(R"(graph(%s: seq(f32[N]), %x: f32[M]) -> (%t, %n, %y, %same) {
    %r = Relu(%x)  %t = SequenceInsert(%s, %r)  %n = SequenceLength(%t)
    %last = const i64[] {-1}  %e = SequenceAt(%t, %last)  %y = Neg(%e)  %same = Identity(%s)
  })");
  Session session(model.path());
  CHECK(session.inputs()[0].type == "seq(f32[N])");
  CHECK(session.inputs()[0].dtype == DType::kSequence);
  CHECK(session.inputs()[0].element.at(0).type == "f32[N]");
  for (const std::int64_t size : {2, 3, 2}) {
    const Tensor s = Tensor::sequence({vector({1}), vector({4, 5})});
    Tensor x(DType::kFloat32, {size});
    std::ranges::fill(x.view<float>(), 7.0f);
    const auto out = session.run({s, x});
    CHECK(difference(out[0], Tensor::sequence({vector({1}), vector({4, 5}), x})).empty());
    CHECK(out[1].view<std::int64_t>()[0] == 3);
    CHECK(out[2].shape() == Shape{size});
    CHECK(out[2].view<float>()[0] == -7);
    CHECK(difference(out[3], s).empty());
    CHECK(out[0].list()[2].data() != x.data());
  }
}

TEST_CASE("lists: a later run leaves an earlier one's outputs alone") {
  const TempModel model("graph(%x: f32[2]) -> (%s) { %r = Neg(%x)  %s = SequenceConstruct(%r, %x) }");
  Session session(model.path());
  const auto first = session.run({vector({1, 2})}), second = session.run({vector({3, 4})});
  CHECK(difference(first[0], Tensor::sequence({vector({-1, -2}), vector({1, 2})})).empty());
  CHECK(difference(second[0], Tensor::sequence({vector({-3, -4}), vector({3, 4})})).empty());
}

TEST_CASE("lists: what a list holds is checked") {
  const TempModel model("graph(%s: seq(f32[2, N])) -> (%t) { %t = SequenceErase(%s) }");
  Session session(model.path());
  CHECK(error_of_run(session, vector({1})) == "input s has type f32, want seq(f32[2, N])");
  CHECK(error_of_run(session, Tensor::optional()) == "input s has type optional, want seq(f32[2, N])");
  CHECK(error_of_run(session, Tensor(DType::kSequence, {1})).starts_with("input s has shape [1]"));
  CHECK(error_of_run(session, Tensor::sequence({vector({1})})) == "element 0 of input s is f32[1], want f32[2, N]");
  CHECK(error_of_run(session, Tensor::sequence({Tensor::of<std::int64_t>({2, 1}, {1, 2})})) == "element 0 of input s is i64[2, 1], want f32[2, N]");
  CHECK(session.run({Tensor::sequence({vector({1, 2}).reshaped({2, 1})})})[0].list().empty());

  const TempModel maps("graph(%m: map(i64, f32[])) -> (%y) { %y = ai.onnx.ml.CastMap(%m) }");
  Session of_maps(maps.path());
  const Tensor map = Tensor::map(Tensor::of<std::int64_t>({2}, {1, 0}), vector({5, 6}));
  CHECK(difference(of_maps.run({map})[0], vector({6, 5}).reshaped({1, 2})).empty());
  CHECK(error_of_run(of_maps, Tensor::map(Tensor::of<std::string>({1}, {"a"}), vector({5}))) == "input m has a map that is no map(i64, f32[])");
}

TEST_CASE("lists: what sequences hold counts against the memory limit") {
  const TempModel model(R"(graph(%n: i64[], %x: f32[1000]) -> (%y) {
    %s = SequenceEmpty()
    %y = Loop(%n, _, %s | %x) body { graph(%i: i64[], %c: bool[], %t, %x) -> (%c, %u) { %u = SequenceInsert(%t, %x) } }
  })");
  Options options;
  options.memory_limit = 100'000;
  Session session(model.path(), options);
  Tensor x(DType::kFloat32, {1000});
  std::ranges::fill(x.view<float>(), 1.0f);
  CHECK(session.run({Tensor::of<std::int64_t>({}, {10}), x})[0].list().size() == 10);
  try {
    session.run({Tensor::of<std::int64_t>({}, {1000}), x});
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kOutOfResources);
  }
  CHECK(session.run({Tensor::of<std::int64_t>({}, {1}), x})[0].list().size() == 1);
}

TEST_CASE("lists: passes leave them alone, whatever stands around") {
  const TempModel model(R"(graph(%x: f32[1, 4, 8, 8], %c: bool[]) -> (%y, %o) {
    %w = const f32[4, 4, 3, 3] seed(1)
    %a = Conv(%x, %w) {pads = [1, 1, 1, 1]}  %r = Relu(%a)  %i = Identity(%r)
    %s = SequenceConstruct(%i, %x)  %t = SequenceConstruct(%i, %x)  %u = Identity(%s)
    %k = const f32[1, 4, 8, 8] fill(2)  %ks = SequenceConstruct(%k, %k)
    %p = If(%c | %u, %ks) then_branch { graph(%a, %b) -> (%a) {} } else_branch { graph(%a, %b) -> (%b) {} }
    %z = const i64[] {0}  %e = SequenceAt(%p, %z)  %f = SequenceAt(%t, %z)
    %g = Add(%e, %f)  %h = Sigmoid(%g)  %v = Conv(%h, %w) {pads = [1, 1, 1, 1]}  %y = Mul(%v, %h)
    %o = Optional(%p)
  })");
  Options naive;
  naive.backends = {"reference"};
  naive.stop_after = "fold_constants";
  Tensor x(DType::kFloat32, {1, 4, 8, 8});
  for (std::size_t i = 0; i < 256; ++i) x.view<float>()[i] = std::sin(static_cast<float>(i));
  for (const bool condition : {true, false}) {
    const Tensor c = Tensor::of<bool>({}, {condition});
    const auto want = Session(model.path(), naive).run({x, c});
    for (const Math math : {Math::kExact, Math::kDefault, Math::kFast}) {
      Options options;
      options.math = math;
      const auto got = Session(model.path(), options).run({x, c});
      CHECK(difference(got[0], want[0], tolerance_for(DType::kFloat32, math)).empty());
      CHECK(got[1].list()[0].list().size() == 2);
      CHECK(difference(got[1].list()[0].list()[0], want[1].list()[0].list()[0], tolerance_for(DType::kFloat32, math)).empty());
    }
  }
}

TEST_CASE("lists: If gives strings and sequences to those who read them after it") {
  const TempModel model(R"(graph(%c: bool[], %a: str[2], %b: str[2]) -> (%y, %n) {
    %s, %t = If(%c | %a, %b) then_branch { graph(%a, %b) -> (%a, %p) { %p = SequenceConstruct(%a) } }
                             else_branch { graph(%a, %b) -> (%b, %q) { %q = SequenceConstruct(%a, %b) } }
    %y = StringConcat(%s, %s)  %n = SequenceLength(%t)
  })");
  Session session(model.path());
  const Tensor a = Tensor::of<std::string>({2}, {"a long string that is not kept in place", "x"}), b = Tensor::of<std::string>({2}, {"b", "y"});
  const auto first = session.run({Tensor::of<bool>({}, {true}), a, b}), second = session.run({Tensor::of<bool>({}, {false}), a, b});
  CHECK(first[0].view<std::string>()[1] == "xx");
  CHECK(first[1].view<std::int64_t>()[0] == 1);
  CHECK(second[0].view<std::string>()[0] == "bb");
  CHECK(second[1].view<std::int64_t>()[0] == 2);
}

TEST_CASE("lists: files") {
  const TemporaryFolder folder;
  const auto round_trip = [&](const Tensor& value) {
    save_tensor_pb(folder / "value.pb", value, "v");
    std::string name;
    const Tensor read = load_tensor_pb(folder / "value.pb", &name, value.dtype());
    CHECK(name == "v");
    CHECK(difference(read, value).empty());
  };
  const Tensor s = Tensor::sequence({vector({1, 2}), vector({3})});
  round_trip(s);
  round_trip(Tensor::sequence({}));
  round_trip(Tensor::optional());
  round_trip(Tensor::optional(s));
  round_trip(Tensor::optional(vector({1})));
  const Tensor map = Tensor::map(Tensor::of<std::string>({2}, {"a", "b"}), vector({1, 2}));
  round_trip(map);
  round_trip(Tensor::sequence({map, Tensor::map(Tensor::of<std::int64_t>({1}, {7}), vector({3}))}));
  write_file(folder / "text.pb", "no message at all");
  CHECK_THROWS_WITH_AS(load_tensor_pb(folder / "text.pb", nullptr, DType::kSequence), doctest::Contains("does not hold a seq"), Error);
}

}  // namespace
}  // namespace onnxrun::test
