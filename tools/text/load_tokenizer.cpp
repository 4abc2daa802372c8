#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "onnxrun/error.h"
#include "tools/io/file.h"
#include "tools/text/tokenizer.h"

namespace onnxrun::tools {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

[[noreturn]] void bad(const fs::path& file, const std::string& why) { throw Error(ErrorCode::kUsage, fmt::format("{}: {}", file.string(), why)); }

Vocabulary vocabulary_of(const json& object) {
  Vocabulary out;
  for (const auto& [token, id] : object.items()) out.emplace(token, id.get<std::int64_t>());
  return out;
}

// What `root` has under `key`, or null; it stays the root's.
const json& part(const json& root, const char* key) {
  static const json kNull;
  const auto at = root.find(key);
  return at == root.end() ? kNull : *at;
}

// A component of tokenizer.json with this type, at the top or inside a Sequence; null when there is none.
const json* component(const json& root, std::string_view type) {
  if (!root.is_object()) return nullptr;
  if (root.value("type", "") == type) return &root;
  for (const char* list : {"normalizers", "pretokenizers", "processors"}) {
    for (const json& item : part(root, list)) {
      if (const json* found = component(item, type)) return found;
    }
  }
  return nullptr;
}

std::int64_t id_of(const Vocabulary& vocabulary, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto at = vocabulary.find(name); at != vocabulary.end()) return at->second;
  }
  return -1;
}

void find_special(Tokenizer& t, const Vocabulary& vocabulary) {
  t.first = id_of(vocabulary, {"[CLS]", "<s>"});
  t.last = id_of(vocabulary, {"[SEP]", "</s>"});
  t.pad = std::max<std::int64_t>(id_of(vocabulary, {"[PAD]", "<pad>"}), 0);
}

// true, false, or null for "as the lower-casing".
bool accents_of(const json& config, bool lowercase) {
  const auto at = config.find("strip_accents");
  return at == config.end() || at->is_null() ? lowercase : at->get<bool>();
}

Tokenizer from_wordpiece(const json& root, Vocabulary vocabulary, const fs::path& file) {
  WordPieceOptions options;
  const json& model = root.at("model");
  options.prefix = model.value("continuing_subword_prefix", "##");
  options.max_word = model.value("max_input_chars_per_word", std::size_t{100});
  const json empty = json::object();
  const json* normalizer = component(part(root, "normalizer"), "BertNormalizer");
  const json& n = normalizer != nullptr ? *normalizer : empty;
  options.lowercase = normalizer != nullptr && n.value("lowercase", true);
  options.strip_accents = normalizer != nullptr && accents_of(n, options.lowercase);
  options.split_cjk = n.value("handle_chinese_chars", true);
  const std::int64_t unknown = id_of(vocabulary, {model.value("unk_token", "[UNK]").c_str()});
  if (unknown < 0) bad(file, "the vocabulary has no token for unknown words");
  Tokenizer t;
  find_special(t, vocabulary);
  t.pieces = make_wordpiece(std::move(vocabulary), unknown, options);
  return t;
}

std::pair<std::string, std::string> parse_merge(const json& m) {
  if (m.is_array()) return {m.at(0).get<std::string>(), m.at(1).get<std::string>()};
  const auto text = m.get<std::string>();
  const auto space = text.find(' ');
  return {text.substr(0, space), space == std::string::npos ? "" : text.substr(space + 1)};
}

Tokenizer from_tokenizer_json(const fs::path& file) {
  const json root = read_json(file);
  try {
    const json& model = root.at("model");
    Vocabulary vocabulary = vocabulary_of(model.at("vocab"));
    for (const json& added : root.value("added_tokens", json::array())) {
      vocabulary.emplace(added.at("content").get<std::string>(), added.at("id").get<std::int64_t>());
    }
    std::string type = model.value("type", "");
    if (type.empty()) type = model.contains("merges") ? "BPE" : "WordPiece";
    Tokenizer t;
    if (type == "WordPiece") {
      t = from_wordpiece(root, std::move(vocabulary), file);
    } else if (type == "BPE") {
      std::vector<std::pair<std::string, std::string>> merges;
      for (const json& m : model.at("merges")) merges.push_back(parse_merge(m));
      const json* bytes = component(part(root, "pre_tokenizer"), "ByteLevel");
      if (bytes == nullptr) bad(file, "a BPE tokenizer without ByteLevel pre-tokenization is not supported; WordPiece and byte-level BPE are");
      find_special(t, vocabulary);
      t.pieces = make_byte_bpe(std::move(vocabulary), merges, bytes->value("add_prefix_space", false));
    } else {
      bad(file, fmt::format("tokenizer type {} is not supported; WordPiece and byte-level BPE are", type));
    }
    return t;
  } catch (const json::exception& e) {
    bad(file, fmt::format("not a tokenizer description: {}", e.what()));
  }
}

Tokenizer from_vocab_txt(const fs::path& file, const json& config) {
  Vocabulary vocabulary;
  std::istringstream in(read_file(file));
  std::int64_t id = 0;
  for (std::string line; std::getline(in, line); ++id) {
    if (line.ends_with('\r')) line.pop_back();
    vocabulary.emplace(line, id);
  }
  WordPieceOptions options;
  options.lowercase = config.value("do_lower_case", true);
  options.strip_accents = accents_of(config, options.lowercase);
  options.split_cjk = config.value("tokenize_chinese_chars", true);
  const std::int64_t unknown = id_of(vocabulary, {"[UNK]"});
  if (unknown < 0) bad(file, "it has no [UNK] token");
  Tokenizer t;
  find_special(t, vocabulary);
  t.pieces = make_wordpiece(std::move(vocabulary), unknown, options);
  return t;
}

Tokenizer from_merges(const fs::path& vocab, const fs::path& merges_file, const json& config) {
  Vocabulary vocabulary = vocabulary_of(read_json(vocab));
  std::vector<std::pair<std::string, std::string>> merges;
  std::istringstream in(read_file(merges_file));
  for (std::string line; std::getline(in, line);) {
    const auto space = line.find(' ');
    if (line.starts_with("#version") || space == std::string::npos) continue;
    if (line.ends_with('\r')) line.pop_back();
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  Tokenizer t;
  find_special(t, vocabulary);
  t.pieces = make_byte_bpe(std::move(vocabulary), merges, config.value("add_prefix_space", false));
  return t;
}

}  // namespace

TokenIds Tokenizer::encode(std::string_view text) const {
  TokenIds out = pieces(text);
  const std::size_t special = (first >= 0 ? 1u : 0u) + (last >= 0 ? 1u : 0u);
  out.resize(std::min(out.size(), max_length - std::min(max_length, special)));
  if (first >= 0) out.insert(out.begin(), first);
  if (last >= 0) out.push_back(last);
  return out;
}

Tokenizer load_tokenizer(const fs::path& folder) {
  const json config = read_json_if(folder / "tokenizer_config.json");
  Tokenizer t;
  if (fs::exists(folder / "tokenizer.json")) {
    t = from_tokenizer_json(folder / "tokenizer.json");
  } else if (fs::exists(folder / "vocab.txt")) {
    t = from_vocab_txt(folder / "vocab.txt", config);
  } else if (fs::exists(folder / "vocab.json") && fs::exists(folder / "merges.txt")) {
    t = from_merges(folder / "vocab.json", folder / "merges.txt", config);
  } else {
    bad(folder, "has no tokenizer: want tokenizer.json, vocab.txt, or vocab.json with merges.txt");
  }
  // Exporters write an absurd number for "no limit".
  const json longest = config.value("model_max_length", json());
  if (longest.is_number() && longest.get<double>() >= 3 && longest.get<double>() < 1e6) t.max_length = longest.get<std::size_t>();
  return t;
}

}  // namespace onnxrun::tools
