#include "engine/ir/window.h"

#include <doctest/doctest.h>

#include "onnxrun/error.h"

using namespace onnxrun;

TEST_CASE("window: defaults, and what attributes say") {
  const Window plain = read_window({}, {3, 5});
  CHECK(plain.strides == Ints{1, 1});
  CHECK(plain.dilations == Ints{1, 1});
  CHECK(plain.pads == Ints{0, 0, 0, 0});
  const Window w = read_window({{"strides", Ints{2, 1}}, {"dilations", Ints{1, 3}}, {"pads", Ints{1, 2, 3, 4}}}, {3, 5});
  CHECK(w.extent(1) == 13);
  CHECK(w.pad_begin(1) == 2);
  CHECK(w.pad_end(1) == 4);
}

TEST_CASE("window: SAME pads put the odd element at the end or the beginning") {
  const Shape in{5};
  Window upper = read_window({{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2}}}, {4});
  resolve_auto_pad(upper, in);
  CHECK(upper.pads == Ints{1, 2});
  Window lower = read_window({{"auto_pad", std::string("SAME_LOWER")}, {"strides", Ints{2}}}, {4});
  resolve_auto_pad(lower, in);
  CHECK(lower.pads == Ints{2, 1});
  Window wide = read_window({{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{3}}}, {1});
  resolve_auto_pad(wide, in);
  CHECK(wide.pads == Ints{0, 0});
}

TEST_CASE("window: output sizes, concrete and symbolic") {
  const Dim n = Dim::symbol("N");
  Window w = read_window({{"strides", Ints{2}}, {"pads", Ints{1, 1}}}, {3});
  CHECK(window_output(w, 0, 224)->str() == "112");
  CHECK(window_output(w, 0, n) == floor_div(n - 1, 2) + 1);
  CHECK(window_output(read_window({{"pads", Ints{1, 1}}}, {3}), 0, n) == n);
  w = read_window({{"strides", Ints{2}}, {"ceil_mode", std::int64_t{1}}}, {3});
  CHECK(window_output(w, 0, 6)->is(3));
  CHECK(window_output(w, 0, n) == floor_div(n - 2, 2) + 1);
  // A last window that would begin in the padding is dropped, which needs the size.
  w = read_window({{"strides", Ints{2}}, {"pads", Ints{0, 1}}, {"ceil_mode", std::int64_t{1}}}, {2});
  CHECK(window_output(w, 0, 4)->is(2));
  CHECK_FALSE(window_output(w, 0, n).has_value());
  w = read_window({{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2}}}, {3});
  CHECK(window_output(w, 0, n) == floor_div(n - 1, 2) + 1);
}

TEST_CASE("window: impossible attributes are errors") {
  CHECK_THROWS_AS(read_window({}, {0}), Error);
  CHECK_THROWS_AS(read_window({}, {std::int64_t{1} << 40}), Error);
  CHECK_THROWS_AS(read_window({{"strides", Ints{0}}}, {3}), Error);
  CHECK_THROWS_AS(read_window({{"strides", Ints{1, 1}}}, {3}), Error);
  CHECK_THROWS_AS(read_window({{"dilations", Ints{-1}}}, {3}), Error);
  CHECK_THROWS_AS(read_window({{"pads", Ints{1}}}, {3}), Error);
  CHECK_THROWS_AS(read_window({{"pads", Ints{-1, 0}}}, {3}), Error);
  CHECK_THROWS_AS(read_window({{"auto_pad", std::string("SAME")}}, {3}), Error);
  CHECK_THROWS_AS(window_output(read_window({}, {3}), 0, 2), Error);
}
