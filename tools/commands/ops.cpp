// onnx-run ops: which operators there are, in which versions, with which element types, and who implements them.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "tools/commands/commands.h"
#include "tools/io/common.h"

namespace onnxrun::tools {
namespace {

using Names = std::vector<std::string>;

std::string join(const auto& list, const char* between) {
  std::string out;
  for (const auto& x : list) out += (out.empty() ? "" : between) + fmt::format("{}", x);
  return out;
}

// Short words for types that usually come together, the longer lists first.
struct Group {
  std::string_view word;
  Names types;
};
const std::vector<Group>& groups() {
  static const std::vector<Group> all = {
      {"f8", {"f8e4m3fn", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz"}},
      {"f6", {"f6e2m3", "f6e3m2"}},
      {"float", {"f16", "bf16", "f32", "f64"}},
      {"int", {"i8", "i16", "i32", "i64"}},
      {"uint", {"u8", "u16", "u32", "u64"}},
      {"complex", {"c64", "c128"}},
  };
  return all;
}

std::string types_of_input(const Names& types) {
  std::set<std::string> left(types.begin(), types.end());
  Names words;
  for (const Group& group : groups()) {
    const auto has = [&](const std::string& t) { return left.contains(t); };
    if (!std::ranges::all_of(group.types, has)) continue;
    words.emplace_back(group.word);
    for (const std::string& t : group.types) left.erase(t);
  }
  std::ranges::sort(words);
  for (const std::string& t : types) {
    if (left.contains(t)) words.push_back(t);
  }
  return words.empty() ? "-" : join(words, " ");
}

// "float, i64": by input, those that are alike once.
std::string types_text(const std::vector<Names>& inputs) {
  Names parts;
  for (const Names& types : inputs) {
    const std::string text = types_of_input(types);
    if (std::ranges::find(parts, text) == parts.end()) parts.push_back(text);
  }
  return parts.empty() ? "-" : join(parts, ", ");
}

void print_markdown(const std::vector<OperatorInfo>& ops) {
  fmt::print("# Operators\n\nWritten by `onnx-run ops --markdown`. Versions: the opsets that brought a form of the operator, all of which are read. "
             "Types: the element types that its inputs take, found by trying them;\ninputs alike are named once, optional ones are left "
             "out; `-` is said of operators that are rewritten into others at import, have no inputs or need more than types to be tried.");
  for (const Group& group : groups()) fmt::print(" `{}`: {}.", group.word, join(group.types, ", "));
  fmt::print("\nBackends: those of this build that have a kernel for some form of it; `-`: those of what it is rewritten into.\n\n"
             "| operator | domain | versions | types | backends |\n|---|---|---|---|---|\n");
  for (const OperatorInfo& op : ops) {
    fmt::print("| {} | {} | {} | {} | {} |\n", op.name, op.domain.empty() ? "ai.onnx" : op.domain, join(op.versions, ", "), types_text(op.types),
               op.backends.empty() ? "-" : join(op.backends, ", "));
  }
}

void print_json(const std::vector<OperatorInfo>& ops) {
  Json out = Json::array();
  for (const OperatorInfo& op : ops) {
    out.push_back({{"name", op.name}, {"domain", op.domain}, {"versions", op.versions}, {"types", op.types}, {"backends", op.backends}});
  }
  fmt::print("{}\n", out.dump(2));
}

}  // namespace

Action add_ops(Arguments app) {
  const auto common = add_common(app, false);
  const auto markdown = std::make_shared<bool>(false);
  app.add_flag("--markdown", *markdown, "Print a Markdown table");
  return [common, markdown] {
    const std::vector<OperatorInfo> ops = list_operators(*markdown || common->json);
    if (common->json) {
      print_json(ops);
    } else if (*markdown) {
      print_markdown(ops);
    } else {
      std::vector<std::vector<std::string>> rows = {{"operator", "versions", "backends"}};
      for (const OperatorInfo& op : ops) {
        rows.push_back({op.domain.empty() ? op.name : op.domain + "." + op.name, join(op.versions, ","), join(op.backends, ",")});
      }
      print_table(rows);
    }
    return 0;
  };
}

}  // namespace onnxrun::tools
