#include "runtime/alert_reason.h"
#include <string>
#include <string_view>

namespace tripline::runtime {
namespace {

std::string AddressAndPort(const std::string& address, const std::string& port) {
  return port.empty() ? address : address + ":" + port;
}

}  // namespace

std::string ReasonSentence(const ReasonFacts& facts, std::string_view severity,
                           std::string_view rule_name) {
  std::string parts;
  const auto add = [&parts](std::string_view what, const std::string& value) {
    if (!value.empty()) {
      parts.append(" ").append(what).append(" ").append(value).append(",");
    }
  };
  add("process", facts.process);
  add("parent process", facts.parent_process);
  add("file", facts.file);
  add("source", AddressAndPort(facts.source_address, facts.source_port));
  add("destination", AddressAndPort(facts.destination_address, facts.destination_port));

  std::string sentence = facts.category.empty() ? "event" : facts.category + " event";
  if (!parts.empty()) {
    sentence += " with" + parts;
  }
  if (!facts.user.empty()) {
    sentence += " by " + facts.user;
  }
  if (!facts.host.empty()) {
    sentence += " on " + facts.host;
  }
  sentence.append(" created ").append(severity).append(" alert ").append(rule_name).append(".");
  return sentence;
}

}  // namespace tripline::runtime
