#include "runtime/anomaly/anomaly_detector.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kVersion = 3;
// A record can be found again as long as its job reopens its bucket; spans are a year at most.
constexpr std::size_t kMaxGiven = 10'000;

}  // namespace

void AnomalyDetector::Offer(const AnomalyJobSpec& job, const JudgedRecord& judged) {
  if (!(judged.record.score >= options_.threshold)) {
    return;
  }
  std::string id = RecordId(job, judged.record);
  if (!given_.insert({judged.record.bucket, id}).second) {
    return;
  }
  auto document = std::make_shared<Document>();
  document->index = ".ml-anomalies-" + job.job_id;
  document->id = std::move(id);
  document->is_hit = true;
  document->json = RecordToJson(job, judged.record);
  waiting_.emplace(judged.known_at,
                   Waiting{.score = judged.record.score,
                           .event = {.time = judged.record.bucket, .document = document}});
  while (given_.size() > kMaxGiven) {
    given_.erase(given_.begin());
  }
}

std::optional<Timestamp> AnomalyDetector::NextRun() const {
  if (waiting_.empty()) {
    return std::nullopt;
  }
  const Timestamp run = schedule_.FirstRunFrom(waiting_.begin()->first);
  return position_ ? std::max(run, *position_ + schedule_.interval()) : run;
}

void AnomalyDetector::Run(Timestamp run_at, std::vector<Finding>& findings) {
  const auto end = waiting_.upper_bound(run_at);
  std::vector<Waiting> found;
  for (auto each = waiting_.begin(); each != end; ++each) {
    found.push_back(std::move(each->second));
  }
  waiting_.erase(waiting_.begin(), end);
  std::ranges::sort(found, [](const Waiting& a, const Waiting& b) {
    return a.score != b.score ? a.score > b.score : a.event < b.event;
  });
  const std::size_t num_kept = std::min<std::size_t>(found.size(), options_.max_signals);
  cut_ += found.size() - num_kept;
  found.resize(num_kept);
  std::ranges::sort(found, {}, &Waiting::event);
  for (Waiting& each : found) {
    findings.push_back({.event = std::move(each.event), .term = {}});
  }
  position_ = run_at;
}

std::uint64_t AnomalyDetector::memory_bytes() const {
  std::uint64_t bytes = given_.size() * 160;
  for (const auto& [known_at, waiting] : waiting_) {
    bytes += waiting.event.document->json.size() + 300;
  }
  return bytes;
}

void AnomalyDetector::Save(ByteWriter& writer) const {
  writer.Number(kVersion);
  SaveOptionalTime(writer, position_);
  writer.Number(static_cast<std::uint32_t>(waiting_.size()));
  for (const auto& [known_at, waiting] : waiting_) {
    SaveTime(writer, known_at);
    writer.Number(waiting.score);
    SaveTime(writer, waiting.event.time);
    waiting.event.document->Save(writer);
  }
  writer.Number(static_cast<std::uint32_t>(given_.size()));
  for (const auto& [bucket, id] : given_) {
    SaveTime(writer, bucket);
    writer.String(id);
  }
}

Result<void> AnomalyDetector::Load(ByteReader& reader) {
  TRIPLINE_TRY(const std::uint32_t version, reader.Number<std::uint32_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "the state of a machine_learning rule has version " +
                                             std::to_string(version) + "; this build reads " +
                                             std::to_string(kVersion));
  }
  TRIPLINE_TRY(position_, LoadOptionalTime(reader));
  TRIPLINE_TRY(const std::uint32_t num_waiting, reader.Count(8 + 8 + 8));
  for (std::uint32_t i = 0; i < num_waiting; ++i) {
    TRIPLINE_TRY(const Timestamp known_at, LoadTime(reader));
    TRIPLINE_TRY(const double score, reader.Number<double>());
    if (!(score >= 0.0 && score <= 100.0)) {
      return reader.Damaged("a score from 0 to 100");
    }
    TRIPLINE_TRY(const Timestamp bucket, LoadTime(reader));
    TRIPLINE_TRY(std::shared_ptr<const Document> document, Document::Load(reader));
    waiting_.emplace(known_at, Waiting{.score = score,
                                       .event = {.time = bucket, .document = std::move(document)}});
  }
  TRIPLINE_TRY(const std::uint32_t num_given, reader.Count(8 + 4));
  for (std::uint32_t i = 0; i < num_given; ++i) {
    TRIPLINE_TRY(const Timestamp bucket, LoadTime(reader));
    TRIPLINE_TRY(const std::string_view id, reader.String());
    given_.emplace(bucket, id);
  }
  return {};
}

}  // namespace tripline::runtime
