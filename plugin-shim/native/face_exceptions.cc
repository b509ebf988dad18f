// Exceptions for a ruleset that is compiled already: read and compiled as at the desk, then joined.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "compiler/exception_lists.h"
#include "compiler/field_types.h"
#include "compiler/join_exceptions.h"
#include "compiler/rule_reader.h"
#include "compiler/value_list.h"
#include "jit/compile_thread.h"
#include "plugin-shim/native/face_state.h"

namespace tripline::shim {
namespace {

constexpr std::size_t kMaxExceptionBytes = std::size_t{64} << 20U;

bool HoldsExceptions(const compiler::ReadRules& read) {
  return std::ranges::any_of(read.asides, [](const compiler::AsideDocument& aside) {
    return aside.kind != compiler::AsideDocument::Kind::kConnector;
  });
}

Diagnostic NoExceptions(const std::string& name) {
  Diagnostic nothing;
  nothing.code = "exception.no_lists";
  nothing.message = "the text holds no exception list and no item of one";
  nothing.hint =
      "send what Kibana exports: NDJSON, a list or an item a line; or nothing at all, to have no "
      "exceptions";
  nothing.file = name;
  return nothing;
}

}  // namespace

Result<CompileAnswer> Face::JoinExceptions(Handle ruleset, const std::string& name,
                                           std::string_view documents) {
  TRIPLINE_TRY(const auto open, state_->rulesets.Get(ruleset));
  if (documents.size() > kMaxExceptionBytes) {
    return Fail(ErrorCode::kLimit, "the exceptions have " + std::to_string(documents.size()) +
                                       " bytes; at most " + std::to_string(kMaxExceptionBytes) +
                                       " are taken");
  }
  CompileAnswer answer;
  TRIPLINE_TRY_VOID(jit::RunOnCompileThread([&]() -> Result<void> {
    compiler::ReadRules read = compiler::ReadRuleFile(name, documents);
    answer.diagnostics = std::move(read.diagnostics);
    if (!HoldsExceptions(read)) {
      answer.diagnostics.push_back(NoExceptions(name));
    }
    const compiler::FieldTypes ecs = compiler::FieldTypes::Ecs();
    compiler::ValueLists value_lists;
    const auto lists = compiler::ExceptionLists::Make(read.asides, {nullptr, &ecs}, value_lists,
                                                      answer.diagnostics);
    if (!HasErrors(answer.diagnostics)) {
      TRIPLINE_TRY(Ruleset joined, compiler::JoinExceptions(*open->ruleset, lists));
      answer.ruleset = state_->PutRuleset(std::move(joined));
    }
    return {};
  }));
  return answer;
}

}  // namespace tripline::shim
