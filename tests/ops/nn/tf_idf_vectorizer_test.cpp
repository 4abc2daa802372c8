#include <doctest/doctest.h>

#include "tests/support/op_case.h"

using namespace onnxrun;
using namespace onnxrun::test;

namespace {
Attributes bigrams(std::string mode, std::int64_t skips) {
  return {{"mode", mode},
          {"min_gram_length", std::int64_t{2}},
          {"max_gram_length", std::int64_t{2}},
          {"max_skip_count", skips},
          {"ngram_counts", Ints{0, 4}},
          {"ngram_indexes", Ints{0, 1, 2, 3, 4, 5, 6}},
          {"pool_int64s", Ints{2, 3, 5, 4, 5, 6, 7, 8, 6, 7}}};
}
}  // namespace

TEST_CASE("tf idf vectorizer: bigrams with and without skips (the standard's examples)") {
  const Tensor x = i32({2, 6}, {1, 1, 3, 3, 3, 7, 8, 6, 7, 5, 6, 8});
  check_tensor(run_op({"TfIdfVectorizer", bigrams("TF", 0)}, {x})[0], f32({2, 7}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1}));
  check_tensor(run_op({"TfIdfVectorizer", bigrams("TF", 5)}, {i32({12}, {1, 1, 3, 3, 3, 7, 8, 6, 7, 5, 6, 8})})[0],
               f32({7}, {0, 0, 0, 0, 1, 3, 1}));
}

TEST_CASE("tf idf vectorizer: weights and words") {
  Attributes attrs{{"mode", std::string("TFIDF")},
                   {"min_gram_length", std::int64_t{1}},
                   {"max_gram_length", std::int64_t{1}},
                   {"max_skip_count", std::int64_t{0}},
                   {"ngram_counts", Ints{0}},
                   {"ngram_indexes", Ints{1, 0}},
                   {"pool_strings", Strings{"a", "b"}},
                   {"weights", Floats{0.5f, 2}}};
  const Tensor x = strings({4}, {"a", "b", "a", "c"});
  check_tensor(run_op({"TfIdfVectorizer", attrs}, {x})[0], f32({2}, {2, 1}));
  attrs.set("mode", std::string("IDF"));
  check_tensor(run_op({"TfIdfVectorizer", attrs}, {x})[0], f32({2}, {2, 0.5f}));
}

TEST_CASE("tf idf vectorizer: shapes and errors") {
  CHECK(infer_op({"TfIdfVectorizer", bigrams("TF", 0)}, {"i64[N, 9]"}) == "f32[N, 7]");
  CHECK(infer_error({"TfIdfVectorizer", bigrams("X", 0)}, {"i64[N, 9]"}).find("mode is 'X'") != std::string::npos);
  CHECK(infer_error({"TfIdfVectorizer", bigrams("TF", 0)}, {"str[N, 9]"}).find("str") != std::string::npos);
  CHECK(infer_error({"TfIdfVectorizer", bigrams("TF", -1)}, {"i64[N, 9]"}).find("max_skip_count") != std::string::npos);
  Attributes attrs = bigrams("TF", 0);
  attrs.set("ngram_counts", Ints{0, 40});
  CHECK(run_error({"TfIdfVectorizer", attrs}, {i64({2}, {1, 2})}).find("ngram_counts") != std::string::npos);
  attrs = bigrams("TF", 0);
  attrs.set("ngram_indexes", Ints{0, -1});
  CHECK(infer_error({"TfIdfVectorizer", attrs}, {"i64[9]"}).find("ngram_indexes") != std::string::npos);
}
