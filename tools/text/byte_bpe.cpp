#include <fmt/core.h>
#include <unicode/regex.h>

#include <array>
#include <limits>
#include <map>
#include <memory>

#include "onnxrun/error.h"
#include "tools/text/tokenizer.h"

namespace onnxrun::tools {
namespace {

// Contractions, words, numbers and other runs, each with the space before it.
constexpr const char* kSplit = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

std::string utf8_of(int code) {  // below 0x800
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

// Each byte as a printable character: itself where it is one, else 256 and up.
std::array<std::string, 256> byte_characters() {
  std::array<std::string, 256> out;
  int next = 256;
  for (int b = 0; b < 256; ++b) {
    const bool printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
    out[static_cast<std::size_t>(b)] = utf8_of(printable ? b : next++);
  }
  return out;
}

struct ByteBpe {
  Vocabulary vocabulary;
  std::map<std::pair<std::string, std::string>, std::size_t> ranks;
  bool add_prefix_space;
  std::array<std::string, 256> bytes = byte_characters();
  std::unique_ptr<const icu::RegexPattern> split;

  // Merges neighbours, the pair of lowest rank first, until none is in the list.
  void add_word(const std::string& word, TokenIds& out) const {
    std::vector<std::string> parts;
    for (const char c : word) parts.push_back(bytes[static_cast<unsigned char>(c)]);
    while (parts.size() > 1) {
      std::size_t best = std::numeric_limits<std::size_t>::max();
      std::size_t at = 0;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto rank = ranks.find({parts[i], parts[i + 1]});
        if (rank != ranks.end() && rank->second < best) best = rank->second, at = i;
      }
      if (best == std::numeric_limits<std::size_t>::max()) break;
      const std::string left = parts[at], right = parts[at + 1];
      std::vector<std::string> merged;
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool pair = i + 1 < parts.size() && parts[i] == left && parts[i + 1] == right;
        merged.push_back(pair ? left + right : parts[i]);
        i += pair ? 1 : 0;
      }
      parts = std::move(merged);
    }
    for (const std::string& part : parts) {
      const auto id = vocabulary.find(part);
      if (id != vocabulary.end()) out.push_back(id->second);  // every single byte is in a complete vocabulary
    }
  }

  TokenIds operator()(std::string_view text) const {
    icu::UnicodeString u = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
    if (add_prefix_space && !u.isEmpty() && !u.startsWith(" ")) u.insert(0, static_cast<UChar32>(' '));
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::RegexMatcher> matcher(split->matcher(u, status));
    TokenIds out;
    while (U_SUCCESS(status) && matcher->find(status)) {
      std::string word;
      matcher->group(status).toUTF8String(word);
      add_word(word, out);
    }
    if (U_FAILURE(status)) throw Error(ErrorCode::kOutOfResources, fmt::format("ICU cannot split a text: {}", u_errorName(status)));
    return out;
  }
};

}  // namespace

std::function<TokenIds(std::string_view)> make_byte_bpe(Vocabulary vocabulary, const std::vector<std::pair<std::string, std::string>>& merges,
                                                        bool add_prefix_space) {
  auto bpe = std::make_shared<ByteBpe>();
  bpe->vocabulary = std::move(vocabulary);
  bpe->add_prefix_space = add_prefix_space;
  for (std::size_t i = 0; i < merges.size(); ++i) bpe->ranks.emplace(merges[i], i);
  UErrorCode status = U_ZERO_ERROR;
  UParseError where;
  bpe->split.reset(icu::RegexPattern::compile(kSplit, where, status));
  if (U_FAILURE(status)) throw Error(ErrorCode::kOutOfResources, fmt::format("ICU cannot compile the word pattern: {}", u_errorName(status)));
  return [bpe = std::shared_ptr<const ByteBpe>(bpe)](std::string_view text) { return (*bpe)(text); };
}

}  // namespace onnxrun::tools
