// lint.quoted_wildcard: between quotes a star is a character like any other. Said where the quoted
// text looks like a pattern; only noted where a star may be data: in lists of permissions, and
// alone beside other values, where it cannot be meant as "anything". A star that is a word of its
// own between others (`SELECT * FROM`) is left alone, and so are tables of times (`0 3 * * *`).
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

// Names of fields in which services keep permissions, policies and the like: there a star is the
// service's own wildcard, stored as it is.
bool HoldsStars(std::string_view path) {
  static constexpr auto kWords = std::to_array<std::string_view>({"verb",
                                                                  "resource",
                                                                  "apigroup",
                                                                  "permission",
                                                                  "privilege",
                                                                  "scope",
                                                                  "polic",
                                                                  "principal",
                                                                  "grant",
                                                                  "allow",
                                                                  "cors",
                                                                  "cron",
                                                                  "schedule",
                                                                  "glob",
                                                                  "pattern",
                                                                  "wildcard",
                                                                  "exclusion",
                                                                  "request_parameters",
                                                                  "requestparameters",
                                                                  "response_elements",
                                                                  "alternative_names",
                                                                  "certificate",
                                                                  "common_name"});
  const std::string lower = LowerCased(path);
  return !lower.starts_with("event.") &&
         std::ranges::any_of(kWords, [&](std::string_view word) { return lower.contains(word); });
}

bool IsBlankOrEdge(std::string_view text, std::size_t at) {
  return at >= text.size() || text[at] == ' ' || text[at] == '\t' || text[at] == '\n';
}

bool IsOfStars(std::string_view word) { return word.find_first_not_of('*') == word.npos; }

// `*/5 * * * *`: the five or more columns of a time table.
bool IsTimeTable(const std::vector<std::string_view>& words) {
  return words.size() >= 5 && std::ranges::all_of(words, [](std::string_view word) {
           return word.find_first_not_of("0123456789*/,-?") == word.npos;
         });
}

// `* foo`, `foo *`: a star that stands for what is before or behind the words.
bool HasStarAtAnEnd(const std::vector<std::string_view>& words) {
  return words.size() > 1 && ((IsOfStars(words.front()) && !IsOfStars(words[1])) ||
                              (IsOfStars(words.back()) && !IsOfStars(words[words.size() - 2])));
}

// A star at an end of the text, or one that begins or ends a word or a part of a name and is no
// word by itself: `*.exe`, `foo*`.
bool LooksLikePattern(std::string_view text) {
  const std::vector<std::string_view> words = WordsIn(text);
  if (IsTimeTable(words)) {
    return false;
  }
  if (HasStarAtAnEnd(words)) {
    return true;
  }
  for (std::size_t at = text.find('*'); at != text.npos; at = text.find('*', at + 1)) {
    const std::size_t before = at == 0 ? text.npos : at - 1;
    const bool is_own_word = IsBlankOrEdge(text, before) && IsBlankOrEdge(text, at + 1);
    const bool is_comment = (before != text.npos && text[before] == '/' &&
                             IsBlankOrEdge(text, before == 0 ? text.npos : before - 1) &&
                             IsBlankOrEdge(text, at + 1)) ||
                            text.substr(at).starts_with("*/ ");
    const bool is_in_quotes = before != text.npos && at + 1 < text.size() &&
                              (text[before] == '"' || text[before] == '\'') &&
                              text[at + 1] == text[before];
    if (!is_own_word && !is_comment && !is_in_quotes) {
      return true;
    }
  }
  return false;
}

// Whether the value stands in a list beside others: they are its neighbours in the text.
bool IsOneOfSeveral(const LintSubject& subject, const LintLeaf& leaf) {
  const std::size_t at = static_cast<std::size_t>(&leaf - subject.leaves.data());
  const auto is_sibling = [&](std::size_t other) {
    return other < subject.leaves.size() && subject.leaves[other].field->span == leaf.field->span;
  };
  return is_sibling(at - 1) || is_sibling(at + 1);
}

enum class Doubt : std::uint8_t { kNone, kSome, kStrong };

// The star alone asks for that very character; meant is a field that exists.
Doubt DoubtOf(const LintSubject& subject, const LintLeaf& leaf) {
  const std::string& text = leaf.value->text;
  if (!IsOfStars(text) && !LooksLikePattern(text)) {
    return Doubt::kNone;
  }
  const bool is_data =
      HoldsStars(leaf.path) ||
      (IsOfStars(text) && (leaf.path.ends_with("args") || IsOneOfSeveral(subject, leaf)));
  return is_data ? Doubt::kSome : Doubt::kStrong;
}

void SayOfValue(const LintLeaf& leaf, Doubt doubt, LintFindings& findings) {
  const bool is_text = IsText(leaf.type()) || leaf.IsBare();
  const std::string message =
      IsOfStars(leaf.value->text) ? "a quoted star is the character `*`, not \"any value\""
      : is_text
          ? "a star between quotes is no wildcard: the words around it are looked for as they "
            "are"
          : "a star between quotes is no wildcard: only a value with that very character "
            "matches";
  if (doubt == Doubt::kSome) {
    findings.Note(leaf.value->span, message,
                  "such fields do hold stars; leave the quotes out if any text was meant");
  } else if (IsOfStars(leaf.value->text)) {
    findings.Say(leaf.value->span, message,
                 "without quotes `*` asks whether the field has a value; for the character itself "
                 "write `\\*`");
  } else {
    findings.Say(
        leaf.value->span, message,
        "leave the quotes out, with a backslash before each of \\ ( ) : < > \" { } (blanks "
        "may stay); for the character itself write `\\*` without quotes");
  }
}

}  // namespace

void LintQuotedWildcard(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    if (leaf.begins_field && leaf.field->is_quoted && leaf.field->text.contains('*') &&
        leaf.info == nullptr) {
      findings.Say(leaf.field->span, "a star between quotes is no wildcard: no field has that name",
                   "write the field's name without quotes");
    }
    if (!leaf.value->is_quoted || leaf.comparison || !leaf.value->text.contains('*')) {
      continue;
    }
    if (const Doubt doubt = DoubtOf(subject, leaf); doubt != Doubt::kNone) {
      SayOfValue(leaf, doubt, findings);
    }
  }
}

}  // namespace tripline::compiler
