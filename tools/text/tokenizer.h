// Tokenizers: text to the ids that a model was trained on, as its folder describes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace onnxrun::tools {

using Vocabulary = std::unordered_map<std::string, std::int64_t>;

// One sentence: special tokens included, cut to the model's length.
using TokenIds = std::vector<std::int64_t>;

struct Tokenizer {
  std::function<TokenIds(std::string_view text)> pieces;  // without special tokens; thread-safe
  std::int64_t first = -1, last = -1;                     // [CLS] and [SEP], or <s> and </s>; -1: none
  std::int64_t pad = 0;
  std::size_t max_length = 512;

  TokenIds encode(std::string_view text) const;
};

// From tokenizer.json (WordPiece, or byte-level BPE), else vocab.txt, else vocab.json with merges.txt; tokenizer_config.json gives
// lower-casing and the longest length where the first doesn't. Throws Error(kUsage) saying which file is missing or what in it is
// not understood.
Tokenizer load_tokenizer(const std::filesystem::path& folder);

// BERT's tokenizer (github.com/google-research/bert, tokenization.py): clean, optionally lower-case and strip accents, split at
// spaces and punctuation, then the longest pieces of `vocabulary` from the left. `unknown` is the id of [UNK].
struct WordPieceOptions {
  bool lowercase = true;
  bool strip_accents = true;
  bool split_cjk = true;
  std::string prefix = "##";
  std::size_t max_word = 100;  // characters; a longer word is unknown
};
std::function<TokenIds(std::string_view)> make_wordpiece(Vocabulary vocabulary, std::int64_t unknown, const WordPieceOptions& options);

// GPT-2's tokenizer, also RoBERTa's: bytes as printable characters, merged pair by pair in the order of `merges`.
std::function<TokenIds(std::string_view)> make_byte_bpe(Vocabulary vocabulary, const std::vector<std::pair<std::string, std::string>>& merges,
                                                        bool add_prefix_space);

}  // namespace onnxrun::tools
