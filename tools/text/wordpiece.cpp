#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <memory>

#include "onnxrun/error.h"
#include "tools/text/tokenizer.h"

namespace onnxrun::tools {
namespace {

bool is_control(UChar32 c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  const int type = u_charType(c);
  return type == U_CONTROL_CHAR || type == U_FORMAT_CHAR || type == U_PRIVATE_USE_CHAR || type == U_SURROGATE || type == U_UNASSIGNED;
}

bool is_space(UChar32 c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || u_charType(c) == U_SPACE_SEPARATOR; }

bool is_punctuation(UChar32 c) {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126) || u_ispunct(c);
}

// CJK ideographs, as BERT lists them.
bool is_cjk(UChar32 c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

icu::UnicodeString clean(const icu::UnicodeString& text, bool split_cjk) {
  icu::UnicodeString out;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (c == 0 || c == 0xFFFD || is_control(c)) continue;
    if (is_space(c)) {
      out.append(static_cast<UChar32>(' '));
    } else if (split_cjk && is_cjk(c)) {
      out.append(static_cast<UChar32>(' ')).append(c).append(static_cast<UChar32>(' '));
    } else {
      out.append(c);
    }
  }
  return out;
}

icu::UnicodeString without_accents(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(status);
  const icu::UnicodeString decomposed = nfd->normalize(text, status);
  if (U_FAILURE(status)) throw Error(ErrorCode::kOutOfResources, std::string("ICU cannot normalise text: ") + u_errorName(status));
  icu::UnicodeString out;
  for (std::int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
    const UChar32 c = decomposed.char32At(i);
    if (u_charType(c) != U_NON_SPACING_MARK) out.append(c);
  }
  return out;
}

// Runs between spaces; each punctuation character stands alone.
std::vector<icu::UnicodeString> words_of(const icu::UnicodeString& text) {
  std::vector<icu::UnicodeString> words;
  bool open = false;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (u_isUWhiteSpace(c)) {
      open = false;
    } else if (is_punctuation(c)) {
      words.emplace_back(c);
      open = false;
    } else {
      if (!open) words.emplace_back();
      words.back().append(c);
      open = true;
    }
  }
  return words;
}

struct WordPiece {
  Vocabulary vocabulary;
  std::int64_t unknown;
  WordPieceOptions options;

  void add_word(const icu::UnicodeString& word, TokenIds& out) const {
    std::string utf8;
    word.toUTF8String(utf8);
    if (static_cast<std::size_t>(word.countChar32()) > options.max_word) return out.push_back(unknown);
    const std::size_t before = out.size();
    for (std::size_t start = 0; start < utf8.size();) {
      std::size_t end = utf8.size();
      const auto* found = find(utf8, start, end);
      while (found == nullptr && end > start) {
        do --end;
        while (end > start && (static_cast<unsigned char>(utf8[end]) & 0xC0) == 0x80);
        if (end > start) found = find(utf8, start, end);
      }
      if (found == nullptr) {  // one piece that is not known makes the whole word unknown
        out.resize(before);
        return out.push_back(unknown);
      }
      out.push_back(*found);
      start = end;
    }
  }

  const std::int64_t* find(const std::string& word, std::size_t start, std::size_t end) const {
    const std::string piece = (start == 0 ? "" : options.prefix) + word.substr(start, end - start);
    const auto at = vocabulary.find(piece);
    return at == vocabulary.end() ? nullptr : &at->second;
  }

  TokenIds operator()(std::string_view text) const {
    icu::UnicodeString u = clean(icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())}), options.split_cjk);
    if (options.strip_accents) u = without_accents(u);
    if (options.lowercase) u.toLower(icu::Locale::getRoot());
    TokenIds out;
    for (const icu::UnicodeString& word : words_of(u)) add_word(word, out);
    return out;
  }
};

}  // namespace

std::function<TokenIds(std::string_view)> make_wordpiece(Vocabulary vocabulary, std::int64_t unknown, const WordPieceOptions& options) {
  return [pieces = std::make_shared<const WordPiece>(WordPiece{std::move(vocabulary), unknown, options})](std::string_view text) {
    return (*pieces)(text);
  };
}

}  // namespace onnxrun::tools
