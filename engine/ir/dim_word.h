// The characters of a symbol that Dim's text form writes without quotes.
#pragma once

#include <cctype>

namespace onnxrun {

inline bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

}  // namespace onnxrun
