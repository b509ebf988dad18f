// How good and how fast is the anomaly estimator? This program runs it over panels that protocol.py
// makes, and measures its cost; the answers last measured stand in docs/anomaly.md.
//
//   anomaly_bench detect FUNCTION PANEL OUT    three floats for every bucket of every series:
//   -log10 of the
//                                              model's probability, of the calibrated one, and the
//                                              score
//   anomaly_bench cost NUM_SERIES NUM_BUCKETS  updates a second, bytes a series, resident bytes of
//                                              all, checkpoint and restore
//
// PANEL: int32 number of series, int32 number of buckets (of 15 minutes, from a Monday on), then
// float counts series by series. OUT: the three arrays one after the other, in the same order.
// Bytes of this CPU.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "runtime/anomaly/count_job.h"
#include "runtime/anomaly/series_format.h"

namespace tripline::runtime {
namespace {

constexpr std::int64_t kMonday = 384;

struct Panel {
  std::int32_t num_series = 0;
  std::int32_t num_buckets = 0;
  std::vector<float> counts;

  [[nodiscard]] std::size_t At(std::size_t series, std::size_t bucket) const {
    return series * static_cast<std::size_t>(num_buckets) + bucket;
  }
};

std::optional<Panel> ReadPanel(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  Panel panel;
  in.read(reinterpret_cast<char*>(&panel.num_series), sizeof(panel.num_series));
  in.read(reinterpret_cast<char*>(&panel.num_buckets), sizeof(panel.num_buckets));
  if (!in || panel.num_series <= 0 || panel.num_buckets <= 0) {
    return std::nullopt;
  }
  panel.counts.resize(panel.At(static_cast<std::size_t>(panel.num_series), 0));
  in.read(reinterpret_cast<char*>(panel.counts.data()),
          static_cast<std::streamsize>(panel.counts.size() * sizeof(float)));
  return in ? std::optional(std::move(panel)) : std::nullopt;
}

BucketCalendar QuarterHours() { return *BucketCalendar::Make(Milliseconds(900'000)); }

// One bucket of all series; `out` has three floats a series, untouched where nothing is judged.
void RunBucket(CountJob& job, std::vector<SeriesModel>& models, std::int64_t bucket,
               std::span<const float> counts, std::span<float> out) {
  const BucketPoint point = job.calendar().At(kMonday + bucket);
  for (std::size_t series = 0; series < models.size(); ++series) {
    SeriesModel& model = models[series];
    if (model.num_learned() == 0) {
      if (!(counts[series] > 0.0F)) {
        continue;  // a series begins with its first count
      }
      model = job.NewSeries();
    }
    const Judgement judgement = job.Judge(model, point, static_cast<double>(counts[series]));
    job.Take(model, point, judgement);
    if (judgement.assessment.is_usable && !out.empty()) {
      out[3 * series] = static_cast<float>(-std::log10(judgement.assessment.probability));
      out[3 * series + 1] = static_cast<float>(-std::log10(judgement.probability));
      out[3 * series + 2] = static_cast<float>(judgement.score);
    }
  }
  job.EndBucket(point);
}

int Detect(CountFunction function, const Panel& panel, const std::string& out_path) {
  const auto num_series = static_cast<std::size_t>(panel.num_series);
  CountJob job(QuarterHours(), function);
  std::vector<SeriesModel> models(num_series);
  std::vector<float> counts(num_series);
  std::vector<float> answers(3 * num_series);
  std::vector<float> out(3 * panel.counts.size());
  for (std::size_t bucket = 0; bucket < static_cast<std::size_t>(panel.num_buckets); ++bucket) {
    for (std::size_t series = 0; series < num_series; ++series) {
      counts[series] = panel.counts[panel.At(series, bucket)];
    }
    std::fill(answers.begin(), answers.end(), 0.0F);
    RunBucket(job, models, static_cast<std::int64_t>(bucket), counts, answers);
    for (std::size_t series = 0; series < num_series; ++series) {
      for (std::size_t kind = 0; kind < 3; ++kind) {
        out[kind * panel.counts.size() + panel.At(series, bucket)] = answers[3 * series + kind];
      }
    }
  }
  std::ofstream file(out_path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(out.data()),
             static_cast<std::streamsize>(out.size() * sizeof(float)));
  return file ? 0 : 2;
}

// Of this process's own CPU time: what other programs take does not count.
double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Of the whole process, in bytes; 0 where /proc does not say.
std::uint64_t ResidentBytes() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmRSS:")) {
      return 1024 * std::strtoull(line.c_str() + 6, nullptr, 10);
    }
  }
  return 0;
}

int Cost(std::size_t num_series, std::size_t num_buckets) {
  CountJob job(QuarterHours(), CountFunction{Direction::kHigh, EmptyBuckets::kMissing});
  std::vector<SeriesModel> models(num_series);
  std::mt19937_64 random(1);
  std::vector<float> base(num_series);
  for (float& value : base) {
    value = static_cast<float>(
        std::pow(10.0, std::uniform_real_distribution<double>(0.0, 3.0)(random)));
  }
  // Counts are drawn before the clock starts; a few buckets' worth, used in turn.
  constexpr std::size_t kDraws = 16;
  std::vector<std::vector<float>> draws(kDraws, std::vector<float>(num_series));
  for (std::vector<float>& draw : draws) {
    for (std::size_t series = 0; series < num_series; ++series) {
      const double rate =
          std::gamma_distribution<double>(10.0, static_cast<double>(base[series]) / 10.0)(random);
      draw[series] = static_cast<float>(
          1 + std::poisson_distribution<std::int64_t>(std::max(rate, 1e-9))(random));
    }
  }
  double seconds = 0.0;
  for (std::size_t bucket = 0; bucket < num_buckets; ++bucket) {
    const double start = CpuSeconds();
    RunBucket(job, models, static_cast<std::int64_t>(bucket), draws[random() % kDraws], {});
    seconds += CpuSeconds() - start;
  }
  const std::uint64_t resident_bytes = ResidentBytes();  // the draws too: 64 bytes a series
  double start = CpuSeconds();
  ByteWriter writer;
  job.Save(writer);
  for (const SeriesModel& model : models) {
    SeriesFormat::Save(model, writer);
  }
  const double save_seconds = CpuSeconds() - start;

  start = CpuSeconds();
  ByteReader reader(writer.bytes(), "checkpoint");
  CountJob restored(QuarterHours(), job.function());
  bool is_restored = restored.Load(reader).has_value();
  for (SeriesModel& model : models) {
    Result<SeriesModel> loaded = SeriesFormat::Load(reader);
    is_restored = is_restored && loaded.has_value();
    if (loaded) {
      model = *loaded;
    }
  }
  const double restore_seconds = CpuSeconds() - start;
  std::cout << "{\"series\": " << num_series << ", \"updates_per_second\": "
            << static_cast<double>(num_series * num_buckets) / seconds
            << ", \"bytes_per_series\": " << sizeof(SeriesModel)
            << ", \"resident_bytes\": " << resident_bytes << ", \"checkpoint_bytes_per_series\": "
            << static_cast<double>(writer.bytes().size()) / static_cast<double>(num_series)
            << ", \"checkpoint_seconds\": " << save_seconds
            << ", \"restore_seconds\": " << restore_seconds << "}\n";
  return is_restored ? 0 : 1;
}

int Run(const std::vector<std::string>& words) {
  if (words.size() == 4 && words[0] == "detect") {
    const std::optional<CountFunction> function = ParseCountFunction(words[1]);
    const std::optional<Panel> panel = ReadPanel(words[2]);
    if (function && panel) {
      return Detect(*function, *panel, words[3]);
    }
    std::cerr << "anomaly_bench: expected a counting function and a panel, found '" << words[1]
              << "' and '" << words[2] << "'\n";
    return 2;
  }
  if (words.size() == 3 && words[0] == "cost") {
    const long num_series = std::atol(words[1].c_str());
    const long num_buckets = std::atol(words[2].c_str());
    if (num_series > 0 && num_buckets > 0) {
      return Cost(static_cast<std::size_t>(num_series), static_cast<std::size_t>(num_buckets));
    }
  }
  std::cerr << "usage: anomaly_bench detect FUNCTION PANEL OUT | cost NUM_SERIES NUM_BUCKETS\n";
  return 2;
}

}  // namespace
}  // namespace tripline::runtime

int main(int argc, char** argv) {
  return tripline::runtime::Run(std::vector<std::string>(argv + 1, argv + argc));
}
