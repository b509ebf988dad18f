// The one sentence that tells what happened: `kibana.alert.reason`.
//
//   network event with process xmrig, source 54.1.2.3:40000, destination 5.6.7.8:443, by root on
//   web-1 created low alert Suspicious Network Activity.
//
// A pure function.
#pragma once

#include <string>
#include <string_view>

namespace tripline::runtime {

/// What the sentence names; empty where the event does not say. Several values are joined with
/// ", ".
struct ReasonFacts {
  std::string category;
  std::string process;
  std::string parent_process;
  std::string file;
  std::string source_address;
  std::string source_port;
  std::string destination_address;
  std::string destination_port;
  std::string user;
  std::string host;
};

[[nodiscard]] std::string ReasonSentence(const ReasonFacts& facts, std::string_view severity,
                                         std::string_view rule_name);

}  // namespace tripline::runtime
