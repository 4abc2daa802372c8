#include "tools/io/npy.h"

#include <doctest/doctest.h>

#include "onnxrun/error.h"
#include "tests/support/compare.h"

using namespace onnxrun;
using namespace onnxrun::tools;

namespace {

std::string npy(const std::string& header, const std::string& data) {
  std::string out = "\x93NUMPY";
  out += '\1';
  out += '\0';
  out += static_cast<char>(header.size());
  out += '\0';
  return out + header + data;
}

}  // namespace

TEST_CASE("npy: what is written is read") {
  for (const Tensor& t : {Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}), Tensor::of<std::int64_t>({}, {7}), Tensor::of<bool>({3}, {true, false, true}),
                          Tensor::of<double>({0, 4}, {}), Tensor::of<std::string>({2}, {"a", "word"})}) {
    CHECK(test::difference(parse_npy(format_npy(t), "test"), t) == "");
  }
  CHECK(format_npy(Tensor::of<float>({2}, {1, 2})).size() % 64 == 8);
}

TEST_CASE("npy: column-major files are transposed") {
  const std::string data("\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0", 16);
  const Tensor t = parse_npy(npy("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 2), }", data), "test");
  CHECK(test::difference(t, Tensor::of<std::int32_t>({2, 2}, {1, 3, 2, 4})) == "");
}

TEST_CASE("npy: damaged files are errors") {
  CHECK_THROWS_AS(parse_npy("", "test"), Error);
  CHECK_THROWS_AS(parse_npy("not a numpy file at all", "test"), Error);
  CHECK_THROWS_AS(parse_npy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }", "1234"), "test"), Error);
  CHECK_THROWS_AS(parse_npy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", ""), "test"), Error);
  CHECK_THROWS_AS(parse_npy(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "1234"), "test"), Error);
  CHECK_THROWS_AS(parse_npy(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234"), "test"), Error);
  const std::string whole = format_npy(Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK_THROWS_AS(parse_npy(whole.substr(0, n), "test"), Error);
}
