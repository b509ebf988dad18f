#include "jit/text_decider.h"

#include <algorithm>

namespace tripline::jit {
namespace {

bool BeginsAt(const TokenBuffer& tokens, std::size_t begin,
              const std::vector<std::string>& phrase) {
  if (phrase.size() > tokens.size() - begin) return false;
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    if (!phrase[i].empty() && tokens[begin + i] != phrase[i]) return false;
  }
  return true;
}

}  // namespace

Result<TextDecider> TextDecider::Make(TextAtoms atoms, Analysis analysis,
                                      const PatternLimits& limits) {
  StringAtoms of_token;
  for (auto& [any, position] : atoms.any) {
    for (std::string& token : any.tokens) of_token.terms.emplace_back(std::move(token), position);
  }
  for (auto& [text_glob, position] : atoms.globs) {
    of_token.globs.emplace_back(std::move(text_glob.glob), position);
  }
  for (auto& [range, position] : atoms.ranges) {
    of_token.ranges.emplace_back(std::move(range.range), position);
  }
  std::vector<Phrase> phrases;
  std::vector<KeyedPosition> first_tokens;
  for (auto& [phrase, position] : atoms.phrases) {
    if (phrase.tokens.empty()) continue;
    if (phrase.tokens.size() == 1) {
      of_token.terms.emplace_back(std::move(phrase.tokens[0]), position);
      continue;
    }
    first_tokens.emplace_back(phrase.tokens[0], static_cast<std::uint32_t>(phrases.size()));
    phrases.push_back({std::move(phrase.tokens), position});
  }
  TRIPLINE_TRY(StringDecider tokens, StringDecider::Make(std::move(of_token), limits));
  TextDecider decider(std::move(tokens), analysis);
  decider.phrases_ = std::move(phrases);
  decider.first_tokens_ = TermTable(std::move(first_tokens));
  return decider;
}

void TextDecider::Decide(std::string_view text, TextScratch& scratch, PositionSet* found) const {
  scratch.tokens.Assign(text, analysis_);
  for (std::size_t i = 0; i < scratch.tokens.size(); ++i) {
    const std::string_view token = scratch.tokens[i];
    if (token.empty() && analysis_.drops_stop_words) continue;  // the place of a dropped word
    tokens_.Decide(token, scratch.token, found);
    for (const std::uint32_t phrase : first_tokens_.Find(token)) {
      if (BeginsAt(scratch.tokens, i, phrases_[phrase].tokens)) {
        found->Add(phrases_[phrase].position);
      }
    }
  }
}

}  // namespace tripline::jit
