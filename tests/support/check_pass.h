// Tests of graph passes: text before, text after.
#pragma once

#include <string>
#include <string_view>

#include "engine/passes/pass.h"
#include "tests/support/check_backends.h"

namespace onnxrun::test {

// The graph in the text form with values, constants and fresh symbols numbered in the order in which the outputs need them, and
// without node names: two graphs that differ only in such things have the same canonical text.
std::string canonical_text(const Graph& graph);

// The text with `?` for every symbol that fresh_symbol() made.
std::string without_fresh(std::string_view text);
// The types of the outputs of a graph that is verified, joined by ", ", with the same mark.
std::string verified_types(std::string_view text);

// Runs the one pass by the pipeline's runner: on the graph and its subgraphs, with dead code removed and the graph verified
// after it. Returns what the pass returned.
bool run_pass(Graph& graph, PassFn pass, const PassContext& ctx = {});

// `pass` changes `before` into `after`, and says that it did.
void check_pass(std::string_view before, PassFn pass, std::string_view after, const PassContext& ctx = {});
// `pass` leaves the graph alone, and says so.
void check_pass_unchanged(std::string_view text, PassFn pass, const PassContext& ctx = {});
// `pass` changes the graph, and the reference gives the same results before and after. Of the options, the seed, tensors,
// ranges, tolerance and integer_slack are used.
void check_same_results(std::string_view text, PassFn pass, const CheckOptions& options = {}, const PassContext& ctx = {});

}  // namespace onnxrun::test
