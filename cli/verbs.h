// One verb, one file: each Add... gives the program a subcommand that leaves its exit code in
// `exit_code`.
//
// Conventions of every verb: data on stdout, talk on stderr; exit 0 fine, 1 findings, 2 usage or
// world.
#pragma once

namespace CLI {
class App;
}  // namespace CLI

namespace tripline::cli {

inline constexpr int kFine = 0;
inline constexpr int kFindings = 1;
inline constexpr int kUsageOrWorld = 2;

void AddCheck(CLI::App& program, int& exit_code);
void AddCompile(CLI::App& program, int& exit_code);
void AddExplain(CLI::App& program, int& exit_code);
void AddFmt(CLI::App& program, int& exit_code);
void AddInspect(CLI::App& program, int& exit_code);
void AddKeygen(CLI::App& program, int& exit_code);
void AddMatch(CLI::App& program, int& exit_code);
void AddRun(CLI::App& program, int& exit_code);
void AddSign(CLI::App& program, int& exit_code);
void AddState(CLI::App& program, int& exit_code);
void AddTest(CLI::App& program, int& exit_code);
void AddTranslate(CLI::App& program, int& exit_code);

}  // namespace tripline::cli
