// test PATH...: rule folders as unit tests: rule + events.ndjson (or
// events.ndjson.gz) + expected.ndjson.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/expected_alerts.h"
#include "cli/rules_source.h"
#include "cli/run_rules.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "cli/xml_text.h"

namespace tripline::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxExpectedBytes = std::uint64_t{256} << 20U;

struct TestOptions {
  std::vector<std::string> paths;
  std::string mapping;
  std::string format = "text";
};

struct FolderResult {
  std::string folder;
  std::vector<std::string> failures;  // lines of text; empty: passed
  std::size_t num_alerts = 0;
};

// A folder with a rule and events was probably meant to be a test.
Result<void> SayUntested(const std::string& path) {
  TRIPLINE_TRY(const std::vector<std::string> files,
               ListFiles(path, {"events.ndjson", "events.ndjson.gz"}));
  for (const std::string& file : files) {
    const fs::path folder = fs::path(file).parent_path();
    const bool is_events = fs::path(file).filename().string().starts_with("events.ndjson");
    if (is_events && fs::exists(folder / "rule.toml") && !fs::exists(folder / "expected.ndjson")) {
      Say(folder.string() + ": no expected.ndjson: not tested");
    }
  }
  return {};
}

// Folders at or below the paths that hold expected.ndjson, each once, in order.
Result<std::vector<std::string>> FindFolders(const std::vector<std::string>& paths) {
  std::vector<std::string> folders;
  for (const std::string& path : paths) {
    TRIPLINE_TRY_VOID(SayUntested(path));
    TRIPLINE_TRY(const std::vector<std::string> files, ListFiles(path, {"expected.ndjson"}));
    for (const std::string& file : files) {
      if (fs::path(file).filename() == "expected.ndjson") {
        folders.push_back(fs::path(file).parent_path().string());
      }
    }
  }
  std::ranges::sort(folders);
  folders.erase(std::ranges::unique(folders).begin(), folders.end());
  if (folders.empty()) {
    return Fail(ErrorCode::kNotFound,
                "no folder with expected.ndjson below the paths given: nothing to test");
  }
  return folders;
}

// Large samples are packed.
std::string EventsOf(const std::string& folder) {
  const std::string plain = folder + "/events.ndjson";
  const std::string packed = plain + ".gz";
  return !std::filesystem::exists(plain) && std::filesystem::exists(packed) ? packed : plain;
}

Result<FolderResult> TestFolder(const std::string& folder, const std::string& mapping) {
  FolderResult result{folder, {}, 0};
  TRIPLINE_TRY(
      const LoadedRules loaded,
      LoadRules({.paths = {folder}, .mapping = mapping, .exceptions = {}, .value_lists = {}}));
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    if (diagnostic.severity == Severity::kError) {
      result.failures.push_back(Render(diagnostic));
    }
  }
  TRIPLINE_TRY(const std::string expected,
               ReadFile(folder + "/expected.ndjson", kMaxExpectedBytes));
  std::vector<std::string> alerts;
  const auto sink = [&alerts](std::span<const runtime::Alert> some) -> Result<void> {
    for (const runtime::Alert& alert : some) {
      alerts.push_back(alert.json);
    }
    return {};
  };
  const std::string events = EventsOf(folder);
  TRIPLINE_TRY(const RunOutcome outcome, RunRules({loaded.ruleset, {events}, {}, {}, {}}, sink));
  result.num_alerts = alerts.size();
  if (outcome.events.has_failed_files) {
    result.failures.push_back(events + " could not be read to its end");
  }
  for (const runtime::LineFault& fault : outcome.events.report.faults) {
    result.failures.push_back(events + ":" + std::to_string(fault.line) + ": " + fault.what);
  }
  TRIPLINE_TRY(const AlertDifference difference, CompareAlerts(expected, alerts));
  for (const std::string& line : difference.changed) {
    result.failures.push_back("! differs: " + line);
  }
  for (const std::string& line : difference.missing) {
    result.failures.push_back("- expected, not given: " + line);
  }
  for (const std::string& line : difference.unexpected) {
    result.failures.push_back("+ given, not expected: " + line);
  }
  return result;
}

std::size_t CountFailed(const std::vector<FolderResult>& results) {
  return static_cast<std::size_t>(
      std::ranges::count_if(results, [](const FolderResult& r) { return !r.failures.empty(); }));
}

void PrintJunit(const std::vector<FolderResult>& results) {
  std::cout << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"tripline\" tests=\""
            << results.size() << "\" failures=\"" << CountFailed(results) << "\">\n";
  for (const FolderResult& result : results) {
    std::cout << "  <testcase name=\"" << XmlEscaped(result.folder) << "\"";
    if (result.failures.empty()) {
      std::cout << "/>\n";
      continue;
    }
    std::cout << ">\n    <failure message=\"" << result.failures.size()
              << (result.failures.size() == 1 ? " difference\">" : " differences\">");
    for (const std::string& failure : result.failures) {
      std::cout << XmlEscaped(failure) << "\n";
    }
    std::cout << "</failure>\n  </testcase>\n";
  }
  std::cout << "</testsuite>\n";
}

void PrintText(const std::vector<FolderResult>& results) {
  for (const FolderResult& result : results) {
    std::cout << (result.failures.empty() ? "ok      " : "FAILED  ") << result.folder << " ("
              << result.num_alerts << " alerts)\n";
    for (const std::string& failure : result.failures) {
      std::cout << "        " << failure << "\n";
    }
  }
  std::cout << results.size() - CountFailed(results) << " passed, " << CountFailed(results)
            << " failed\n";
}

int RunTest(const TestOptions& options) {
  const auto folders = FindFolders(options.paths);
  if (!folders) {
    return SayError(folders.error());
  }
  std::vector<FolderResult> results;
  for (const std::string& folder : *folders) {
    auto result = TestFolder(folder, options.mapping);
    results.push_back(result ? *std::move(result)
                             : FolderResult{folder, {result.error().message}, 0});
  }
  if (options.format == "junit") {
    PrintJunit(results);
  } else {
    PrintText(results);
  }
  return CountFailed(results) > 0 ? kFindings : kFine;
}

}  // namespace

void AddTest(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<TestOptions>();
  CLI::App* const verb = program.add_subcommand("test", "Run rule folders as unit tests");
  verb->footer("Example: tripline test rules --format junit > report.xml");
  verb->add_option("PATH", options->paths, "Folders with a rule, events.ndjson and expected.ndjson")
      ->required();
  verb->add_option("--mapping", options->mapping,
                   "Index mapping or template that types the fields");
  verb->add_option("--format", options->format, "text or junit")
      ->check(CLI::IsMember({"text", "junit"}));
  verb->callback([options, &exit_code] { exit_code = RunTest(*options); });
}

}  // namespace tripline::cli
