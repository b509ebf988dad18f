#include "cli/talk.h"

#include <unistd.h>

#include <iostream>

namespace tripline::cli {
namespace {

bool StderrIsTerminal() { return ::isatty(STDERR_FILENO) == 1; }

std::string_view ColourOf(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "\033[1;31m";
    case Severity::kWarning:
      return "\033[1;33m";
    case Severity::kNote:
      return "\033[1;36m";
    case Severity::kNotYet:
      return "\033[1;35m";
  }
  return "";
}

}  // namespace

void Say(std::string_view message) { std::cerr << "tripline: " << message << "\n"; }

int SayError(const Error& error) {
  Say(error.message);
  return 2;
}

void SayDiagnostics(const Diagnostics& diagnostics, Notes notes) {
  const bool is_coloured = StderrIsTerminal();
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kNote && notes == Notes::kHidden) {
      continue;
    }
    const std::string text = Render(diagnostic);
    const std::size_t label = SeverityName(diagnostic.severity).size();
    if (is_coloured) {
      std::cerr << ColourOf(diagnostic.severity) << text.substr(0, label) << "\033[0m"
                << text.substr(label);
    } else {
      std::cerr << text;
    }
  }
}

std::string Grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string grouped;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    if (at > 0 && (digits.size() - at) % 3 == 0) {
      grouped += ',';
    }
    grouped += digits[at];
  }
  return grouped;
}

Progress::Progress(std::string what)
    : what_(std::move(what)),
      is_terminal_(StderrIsTerminal()),
      started_(std::chrono::steady_clock::now()),
      next_(started_ + std::chrono::seconds(1)) {}

Progress::~Progress() {
  if (is_drawn_) {
    std::cerr << "\r\033[K" << std::flush;
  }
}

void Progress::Show(std::uint64_t count) {
  if (!is_terminal_) {
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) {
    return;
  }
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(count) / seconds);
  std::cerr << "\r\033[K" << Grouped(count) << " " << what_ << ", " << Grouped(rate) << " a second"
            << std::flush;
  is_drawn_ = true;
  next_ = now + std::chrono::milliseconds(200);
}

}  // namespace tripline::cli
