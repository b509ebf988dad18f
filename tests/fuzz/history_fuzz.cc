// Any bytes as the kept state of a new_terms or query rule: refused with a message, or a state from
// which the rule goes on, and which is kept and read again. The first byte tells the kind; the rest
// is cut into parts at each 0xFF 0x00 0xFF.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/time.h"
#include "runtime/event.h"
#include "runtime/new_terms_detector.h"
#include "runtime/query_detector.h"
#include "runtime/term.h"

namespace {

using tripline::ByteReader;
using tripline::ByteWriter;
using tripline::Check;
using tripline::Timestamp;
using tripline::runtime::Detector;
using tripline::runtime::EventSource;
using tripline::runtime::Finding;
using tripline::runtime::StringTerm;

std::unique_ptr<Detector> DetectorOf(std::uint8_t kind) {
  const tripline::runtime::Schedule schedule(std::chrono::minutes(5), std::chrono::minutes(59),
                                             std::chrono::days(20));
  if (kind % 2 == 0) {
    return std::make_unique<tripline::runtime::QueryDetector>(schedule, 100);
  }
  return std::make_unique<tripline::runtime::NewTermsDetector>(
      schedule, tripline::runtime::NewTermsOptions{});
}

bool Load(Detector& detector, const std::string& part) {
  ByteReader reader(part, "state");
  const auto loaded = detector.Load(reader);
  Check(loaded.has_value() || !loaded.error().message.empty(), "a refusal has a reason");
  return loaded.has_value();
}

std::string Saved(const Detector& detector) {
  ByteWriter writer;
  detector.Save(writer);
  return writer.Take();
}

void ObserveSomething(Detector& detector, bool has_terms, Timestamp time) {
  std::vector<std::vector<std::string>> values;
  if (has_terms) {
    values = {{StringTerm("a"), StringTerm("b")}};
  }
  EventSource source("index", "id", "{}");
  detector.Observe({.time = time, .source = &source, .term_values = values});
  detector.Settle();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto detector = DetectorOf(data[0]);
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  constexpr std::string_view kCut("\xFF\0\xFF", 3);
  for (bool is_last = false; !is_last;) {
    const std::size_t end = rest.find(kCut);
    is_last = end == std::string_view::npos;
    if (!Load(*detector, std::string(rest.substr(0, end)))) {
      return 0;
    }
    rest.remove_prefix(is_last ? rest.size() : end + kCut.size());
  }
  const Timestamp next = detector->position().value_or(Timestamp()) + std::chrono::minutes(5);
  detector->MarkKept();
  ObserveSomething(*detector, data[0] % 2 == 1, next);
  ByteWriter changes;
  (void)detector->SaveChanges(changes);
  std::vector<Finding> findings;
  for (int i = 0; i < 3 && detector->NextRun(); ++i) {
    detector->Run(*detector->NextRun(), findings);
  }
  const std::string saved = Saved(*detector);
  const auto again = DetectorOf(data[0]);
  Check(Load(*again, saved), "what was saved can be loaded");
  Check(Saved(*again) == saved, "and says the same");
  return 0;
}
