// Numbers as text and back, for Cast from and to strings. Independent of the locale.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace onnxrun {

// The shortest text that reads back as the same number; "NaN", "INF", "-INF".
std::string number_text(float v);
std::string number_text(double v);
// Plain or scientific notation, "+INF", "INF", "-INF", "NaN" in any case, "true" and "false"; blanks around are ignored. Throws
// Error(kUsage) when it is none of these.
double number_from_text(std::string_view text);
// The same; a whole number that fits in 64 bits is exact, a fraction is cut off, what is out of range becomes the nearest.
std::int64_t integer_from_text(std::string_view text);
std::uint64_t unsigned_from_text(std::string_view text);

}  // namespace onnxrun
