#include "runtime/record_filter.h"

#include <array>
#include <cstddef>
#include <random>

#include "jit/program_builder.h"
#include "runtime/batch.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kMaxDictionaryBytes = std::size_t{4} << 20U;

}  // namespace

RecordFilter::RecordFilter(const jit::Program& program, std::unique_ptr<Matcher> matcher)
    : columns_(program.fields, std::random_device()()), matcher_(std::move(matcher)) {}

Result<RecordFilter> RecordFilter::Make(const jit::Program& program, jit::OutputIndex output) {
  const std::array<jit::OutputFormula, 1> alone = {{{.of = output, .but_not = {}}}};
  const jit::Program small = jit::JoinOutputs(program, alone);
  TRIPLINE_TRY(std::unique_ptr<Matcher> matcher,
               Matcher::Make(small, {.code = MatcherCode::kInterpreter}));
  return RecordFilter(small, std::move(matcher));
}

bool RecordFilter::MayAlert(const std::string& json) {
  SearchHit hit;
  columns_.StartBlock(kMaxDictionaryBytes);
  if (!parser_.Parse(json, &columns_, &hit).empty()) {
    return true;
  }
  columns_.FinishRow();
  Batch batch;
  columns_.FinishBlock(&batch);
  matcher_->Match(batch);
  return matcher_->AnyOf(0);
}

}  // namespace tripline::runtime
