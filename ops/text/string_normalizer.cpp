// StringNormalizer: x ([C] or [1, C]) without the stop words, what remains in lower or upper case by the rules of a locale; one
// empty text when nothing remains. Without regard to case, words are compared in the case that the output gets (NONE: lower case).
// A text that is not valid UTF-8 keeps its wrong bytes as they are.
#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/locid.h>
#include <unicode/stringpiece.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "engine/ir/reference.h"
#include "ops/common/checks.h"

namespace onnxrun {
namespace {

icu::Locale locale_of(const Attributes& attrs) {
  const std::string name = attrs.s("locale", "");
  auto locale = icu::Locale::createCanonical(name.empty() ? "en_US" : name.c_str());
  // ICU takes any name; one whose language it doesn't know would silently have the rules of none.
  const bool known = !locale.isBogus() && (*locale.getLanguage() == 0 || *locale.getISO3Language() != 0);
  require(known, "attribute locale is '{}', want a language and a country, such as en_US", name);
  return locale;
}

Strings stopwords_of(const Attributes& attrs) { return attrs.has("stopwords") ? attrs.strings("stopwords") : Strings{}; }

enum class Case { kNone, kLower, kUpper };

Case case_of(const Attributes& attrs) {
  const std::string& action = attrs.s("case_change_action");
  require(action == "NONE" || action == "LOWER" || action == "UPPER",
          "attribute case_change_action is '{}', want NONE, LOWER or UPPER", action);
  return action == "NONE" ? Case::kNone : action == "LOWER" ? Case::kLower : Case::kUpper;
}

std::string in_case(Case c, const icu::Locale& locale, const std::string& text) {
  if (c == Case::kNone || text.empty()) return text;
  constexpr auto kMaxBytes = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  require(ErrorCode::kOutOfResources, text.size() <= kMaxBytes, "a text has {} bytes, want at most {}", text.size(), kMaxBytes);
  const icu::StringPiece from(text.data(), static_cast<std::int32_t>(text.size()));
  std::string changed;
  icu::StringByteSink<std::string> sink(&changed, from.size());
  UErrorCode status = U_ZERO_ERROR;
  if (c == Case::kLower) {
    icu::CaseMap::utf8ToLower(locale.getName(), 0, from, sink, nullptr, status);
  } else {
    icu::CaseMap::utf8ToUpper(locale.getName(), 0, from, sink, nullptr, status);
  }
  require(ErrorCode::kOutOfResources, U_SUCCESS(status), "the case of a text of {} bytes can't be changed: {}", text.size(),
          u_errorName(status));
  return changed;
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kString});
  case_of(ctx.attrs());
  locale_of(ctx.attrs());
  if (!ctx.has_shape(0)) return ctx.set(0, DType::kString, std::nullopt);
  Dims dims = ctx.shape(0);
  require(dims.size() == 1 || (dims.size() == 2 && (!dims[0].known() || dims[0].is(1))),
          "input 0 has shape {}, want [C] or [1, C]", dims_str(dims));
  dims[0] = dims.size() == 2 ? Dim(1) : dims[0];
  const bool all_stay = stopwords_of(ctx.attrs()).empty() && dims.back().known() && !dims.back().is(0);
  if (!all_stay) dims.back() = dims.back().is(0) ? Dim(1) : ctx.fresh();
  ctx.set(0, DType::kString, std::move(dims));
}

void reference(ReferenceContext& ctx) {
  const icu::Locale locale = locale_of(ctx.attrs());
  const Case action = case_of(ctx.attrs());
  const Case key = ctx.attrs().i("is_case_sensitive") != 0 ? Case::kNone : action == Case::kNone ? Case::kLower : action;
  std::set<std::string> stopwords;
  for (const std::string& word : stopwords_of(ctx.attrs())) stopwords.insert(in_case(key, locale, word));
  std::vector<const std::string*> stay;
  for (const std::string& word : ctx.in<std::string>(0)) {
    if (stopwords.empty() || !stopwords.contains(in_case(key, locale, word))) stay.push_back(&word);
  }
  Shape shape(ctx.in(0).shape.size(), 1);
  shape.back() = std::max<std::int64_t>(1, static_cast<std::int64_t>(stay.size()));
  std::string* y = ctx.allocate(0, shape).as<std::string>();
  if (stay.empty()) y->clear();
  for (const std::string* word : stay) *y++ = in_case(action, locale, *word);
}

}  // namespace

std::span<const OpDef> string_normalizer_ops() {
  static const OpDef defs[] = {
      {.name = "StringNormalizer",
       .versions = {10},
       .attributes = {{"case_change_action", std::string("NONE")},
                      {"is_case_sensitive", std::int64_t{0}},
                      {"locale"},
                      {"stopwords"}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
