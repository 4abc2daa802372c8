#include "tools/text/tokenizer.h"

#include <doctest/doctest.h>

#include <fstream>

#include "onnxrun/error.h"
#include "tests/support/model_builder.h"

using namespace onnxrun::tools;

namespace {

TokenIds wordpiece(const char* text, const WordPieceOptions& options = {}) {
  const Vocabulary vocabulary = {{"[UNK]", 0}, {"un", 1}, {"##aff", 2}, {"##able", 3}, {"cafe", 4}, {"!", 5}, {"the", 6},
                                 {"中", 7},    {"文", 8}, {"##un", 9},  {"'", 10},     {"Cafe", 11}, {"s", 12}};
  return make_wordpiece(vocabulary, 0, options)(text);
}

}  // namespace

TEST_CASE("tokenizer: WordPiece takes the longest pieces") {
  CHECK(wordpiece("unaffable") == TokenIds{1, 2, 3});
  CHECK(wordpiece("ununun") == TokenIds{1, 9, 9});
  CHECK(wordpiece("unaffables") == TokenIds{0});  // one unknown piece makes the word unknown
}

TEST_CASE("tokenizer: WordPiece cleans, lower-cases, strips accents and splits") {
  CHECK(wordpiece("  The\tCAF\u00c9!! ") == TokenIds{6, 4, 5, 5});
  CHECK(wordpiece("the\u4e2d\u6587the") == TokenIds{6, 7, 8, 6});
  CHECK(wordpiece("cafe's") == TokenIds{4, 10, 12});
  CHECK(wordpiece("") == TokenIds{});
  CHECK(wordpiece(std::string(300, 'a').c_str()) == TokenIds{0});
  WordPieceOptions cased;
  cased.lowercase = cased.strip_accents = false;
  CHECK(wordpiece("Cafe caf\u00e9", cased) == TokenIds{11, 0});
}

TEST_CASE("tokenizer: invalid UTF-8 is survived") { CHECK(wordpiece("the \xff\xfe the \xc3") == TokenIds{6, 6}); }

TEST_CASE("tokenizer: byte-level BPE merges in the order of the list") {
  Vocabulary vocabulary;
  for (const char* token : {"h", "e", "l", "o", "\u0120", "he", "ll", "hell", "hello", "\u0120he", "!", "'", "s", "'s"}) {
    vocabulary.emplace(token, static_cast<std::int64_t>(vocabulary.size()));
  }
  const auto bpe = make_byte_bpe(vocabulary, {{"h", "e"}, {"l", "l"}, {"he", "ll"}, {"hell", "o"}, {"\u0120", "he"}, {"'", "s"}}, false);
  CHECK(bpe("hello") == TokenIds{8});
  CHECK(bpe("hello hello's!") == TokenIds{8, 4, 8, 13, 10});  // "he" and "ll" come before " he"
  CHECK(bpe("") == TokenIds{});
  const auto spaced = make_byte_bpe(vocabulary, {{"h", "e"}, {"\u0120", "he"}}, true);
  CHECK(spaced("he") == TokenIds{9});
}

TEST_CASE("tokenizer: special tokens and the length limit") {
  Tokenizer t;
  t.pieces = [](std::string_view text) { return TokenIds(text.size(), 7); };
  t.first = 1;
  t.last = 2;
  t.max_length = 5;
  CHECK(t.encode("aa") == TokenIds{1, 7, 7, 2});
  CHECK(t.encode("aaaaaaaaaa") == TokenIds{1, 7, 7, 7, 2});
}

TEST_CASE("tokenizer: tokenizer.json, with nulls where exporters leave the choice") {
  const onnxrun::test::TemporaryFolder folder;
  const auto load = [&](const char* text) {
    std::ofstream(folder / "tokenizer.json") << text;
    return load_tokenizer(folder.path());
  };
  constexpr const char* kVocabulary = R"("vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "cafe": 4, "##s": 5, "Cafe": 6})";
  const auto wordpiece_json = [&](const std::string& normalizer) {
    return R"({"normalizer": )" + normalizer + R"(, "model": {"type": "WordPiece", "unk_token": "[UNK]", )" + kVocabulary + "}}";
  };
  const std::string bert = R"({"type": "BertNormalizer", "strip_accents": null, "lowercase": true})";
  CHECK(load(wordpiece_json(bert).c_str()).encode("CAF\u00c9s") == TokenIds{2, 4, 5, 3});
  CHECK(load(wordpiece_json(R"({"type": "Sequence", "normalizers": [)" + bert + "]}").c_str()).encode("Cafe") == TokenIds{2, 4, 3});
  CHECK(load(wordpiece_json("null").c_str()).encode("Cafe") == TokenIds{2, 6, 3});
  CHECK(load(R"({"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
                 "model": {"type": "BPE", "unk_token": null, "vocab": {"<s>": 0, "</s>": 1, "a": 2, "b": 3, "ab": 4}, "merges": ["a b"]}})")
            .encode("aba") == TokenIds{0, 4, 2, 1});
  for (const char* wrong : {"", "{}", "[1]", R"({"model": {"type": "Unigram", "vocab": {}}})", R"({"model": {"type": "BPE", "vocab": {}, "merges": []}})",
                            R"({"model": {"type": "WordPiece", "vocab": {"a": 0}}})", R"({"model": {"vocab": {"a": "b"}}})"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(load(wrong), onnxrun::Error);
  }
}
