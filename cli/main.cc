// tripline: detection rules at a desk. main() only names the verbs and catches our own bugs; each
// verb has its file.
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "cli/verbs.h"

namespace {

int Run(int argc, char** argv) {
  CLI::App program(
      "Detection rules, compiled ahead of time and matched in one pass over the events.",
      "tripline");
  program.require_subcommand(1);
  program.set_version_flag("--version", TRIPLINE_VERSION);
  program.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("tripline: ") + error.what() +
           "\nTry `tripline --help` or `tripline VERB --help`.\n";
  });
  int exit_code = tripline::cli::kFine;
  tripline::cli::AddCheck(program, exit_code);
  tripline::cli::AddCompile(program, exit_code);
  tripline::cli::AddExplain(program, exit_code);
  tripline::cli::AddFmt(program, exit_code);
  tripline::cli::AddInspect(program, exit_code);
  tripline::cli::AddKeygen(program, exit_code);
  tripline::cli::AddMatch(program, exit_code);
  tripline::cli::AddRun(program, exit_code);
  tripline::cli::AddSign(program, exit_code);
  tripline::cli::AddState(program, exit_code);
  tripline::cli::AddTest(program, exit_code);
  tripline::cli::AddTranslate(program, exit_code);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool is_question = error.get_exit_code() == 0;  // --help, --version
    program.exit(error);
    return is_question ? tripline::cli::kFine : tripline::cli::kUsageOrWorld;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  // A file-size limit and a closed pipe are errors to be told, not signals to die of.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const int exit_code = Run(argc, argv);
    std::cout.flush();
    if (!std::cout && exit_code != tripline::cli::kUsageOrWorld) {
      std::cerr << "tripline: cannot write to standard output\n";
      return tripline::cli::kUsageOrWorld;
    }
    return exit_code;
  } catch (const std::exception& bug) {
    std::cerr << "tripline: " << bug.what()
              << "\nThis is a bug in tripline; the rules and events are as they were.\n";
    return tripline::cli::kUsageOrWorld;
  }
}
