// Types and tensors in the text form. Private to text_*.cpp.
#pragma once

#include <optional>

#include "engine/ir/graph.h"
#include "engine/ir/text_lexer.h"

namespace onnxrun::text {

// "f32[N, ?]@channels_last", "seq(f32[...])". `?` becomes a fresh symbol of `graph`; without one it is an error.
Type parse_type(Lexer& lexer, Graph* graph);
// "f32[2] {1, 2}": a type with known dimensions and the elements.
Tensor parse_tensor(Lexer& lexer);

// What is known from both together; nullopt when they contradict each other. A known dimension wins over a symbol; a symbol
// that inference invented gives way to what is written; two other, unequal expressions contradict each other.
std::optional<Type> merge_types(const Type& inferred, const Type& written);

// One more than the largest n of a symbol _s<n> in the text: where fresh symbols may start.
int symbols_in(std::string_view text);

}  // namespace onnxrun::text
