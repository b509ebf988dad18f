// Each filter keeps a mean and a variance of its level. With a = 1 / variance, a count y of
// expectation m and worth w moves the mean by ln((a + w y) / (a + w m)) and adds w m' to a: the
// update of a gamma belief over the rate's ratio to the usual course.
#include "runtime/anomaly/level_bank.h"

#include <algorithm>
#include <cmath>

#include "runtime/anomaly/count_law.h"
#include "runtime/anomaly/fast_math.h"

namespace tripline::runtime {

namespace {

constexpr PerSpeed kWidthSquared = {0.0, 0.1 * 0.1, 0.25 * 0.25, 0.7 * 0.7};
constexpr PerSpeed kMemoryDays = {0.5, 0.5, 0.5, 1.0};
constexpr double kMaxLevel = 12.0;
constexpr double kJumpVariance = 0.5;  // a factor of two either way is then quickly believed
constexpr double kMaxVoteLoss = 8.0;   // of one count: no single bucket decides
constexpr double kWorstVote = -12.0;

double Largest(const PerSpeed& values) { return *std::max_element(values.begin(), values.end()); }

// count_law.h for all speeds, with ln of the chance that a bucket is not empty.
struct Laws {
  PerSpeed mean;
  PerSpeed slope;
  PerSpeed log_filled{};
};

Laws LawsOfCount(const PerSpeed& rates, double dispersion, bool empty_is_missing) {
  Laws laws{rates, rates};
  if (!empty_is_missing) {
    return laws;
  }
  for (std::size_t speed = 0; speed < kNumSpeeds; ++speed) {
    const CountLaw law = LawOfCount(rates[speed], dispersion, true);
    if (law.mean > rates[speed]) {
      laws.mean[speed] = law.mean;
      laws.slope[speed] = law.slope;
      laws.log_filled[speed] = FastLog(rates[speed] / law.mean);
    }
  }
  return laws;
}

}  // namespace

double LevelKeep(std::size_t speed, double days) {
  return speed == 0 ? 0.0 : std::exp(-days / kMemoryDays[speed]);
}

void LevelBank::Start() {
  votes_ = {-0.5F, 0.0F, 0.0F, 0.0F};
  for (std::size_t speed = 0; speed < kNumSpeeds; ++speed) {
    means_[speed] = 0.0F;
    variances_[speed] = static_cast<float>(kWidthSquared[speed]);
  }
}

LevelBank::Forecast LevelBank::Predict(const Passage& passage) const {
  Forecast forecast;
  double total = 0.0;
  for (std::size_t speed = 0; speed < kNumSpeeds; speed += 2) {
    const Double2 keep = LoadTwo(&passage.level_keep[speed]);
    const Double2 width = LoadTwo(&kWidthSquared[speed]);
    const Double2 levels = keep * LoadTwo(&means_[speed]);
    StoreTwo(&forecast.levels[speed], levels);
    StoreTwo(&forecast.variances[speed],
             keep * keep * LoadTwo(&variances_[speed]) + width * (1.0 - keep * keep));
    const Double2 votes = FastExp(LoadTwo(&votes_[speed]));
    const Double2 weighted = votes * levels;
    const Double2 widths = votes * width;
    total += votes[0] + votes[1];
    forecast.level += weighted[0] + weighted[1];
    forecast.drift += widths[0] + widths[1];
  }
  forecast.level /= total;
  forecast.drift /= total;
  return forecast;
}

void LevelBank::Learn(const Forecast& forecast, const Evidence& evidence, const Passage& passage) {
  const double shape = 1.0 / (evidence.dispersion + 1e-3);
  PerSpeed rates;
  PerSpeed likelihood;
  for (std::size_t speed = 0; speed < kNumSpeeds; speed += 2) {
    const Double2 log_rate =
        AtMost(AtLeast(evidence.usual_log_rate + LoadTwo(&forecast.levels[speed]), -30.0), 46.0);
    const Double2 rate = FastExp(log_rate);
    StoreTwo(&rates[speed], rate);
    StoreTwo(&likelihood[speed],
             evidence.count * log_rate - (evidence.count + shape) * FastLog(rate + shape));
  }
  const Laws laws = LawsOfCount(rates, evidence.dispersion, evidence.empty_is_missing);
  for (std::size_t speed = 0; speed < kNumSpeeds; speed += 2) {
    // With v the variance and d = 1 + rate * dispersion: the update of the header, free of 1 / v.
    Double2 variance = LoadTwo(&forecast.variances[speed]);
    if (evidence.may_jump) {
      variance = AtLeast(variance, kJumpVariance);
    }
    const Double2 room = 1.0 + LoadTwo(&rates[speed]) * evidence.dispersion;
    const Double2 pull = variance * evidence.weight;
    const Double2 step =
        FastLog((room + pull * evidence.count) / (room + pull * LoadTwo(&laws.mean[speed])));
    const Double2 left = variance * room / (room + pull * LoadTwo(&laws.slope[speed]));
    const Double2 mean =
        AtMost(AtLeast(LoadTwo(&forecast.levels[speed]) + step, -kMaxLevel), kMaxLevel);
    for (std::size_t lane = 0; lane < 2; ++lane) {
      means_[speed + lane] = static_cast<float>(mean[static_cast<int>(lane)]);
      variances_[speed + lane] = static_cast<float>(left[static_cast<int>(lane)]);
      likelihood[speed + lane] -= laws.log_filled[speed + lane];
    }
  }
  means_[0] = 0.0F;
  variances_[0] = 0.0F;
  Vote(likelihood, evidence.weight, passage.level_vote_keep);
}

void LevelBank::Vote(const PerSpeed& likelihood, double weight, double keep) {
  const double best = Largest(likelihood);
  PerSpeed votes;
  for (std::size_t speed = 0; speed < kNumSpeeds; ++speed) {
    votes[speed] = static_cast<double>(votes_[speed]) * keep +
                   weight * std::max(likelihood[speed] - best, -kMaxVoteLoss);
  }
  const double top = Largest(votes);
  for (std::size_t speed = 0; speed < kNumSpeeds; ++speed) {
    votes_[speed] = static_cast<float>(std::max(votes[speed] - top, kWorstVote));
  }
}

void LevelBank::HandOver(double step) {
  for (std::size_t speed = 1; speed < kNumSpeeds; ++speed) {
    means_[speed] = std::clamp(means_[speed] - static_cast<float>(step),
                               -static_cast<float>(kMaxLevel), static_cast<float>(kMaxLevel));
  }
}

bool LevelBank::IsSound() const {
  for (std::size_t speed = 0; speed < kNumSpeeds; ++speed) {
    const bool is_sound = std::abs(means_[speed]) <= 12.0F && variances_[speed] >= 0.0F &&
                          variances_[speed] <= 100.0F && votes_[speed] <= 0.0F &&
                          votes_[speed] >= -100.0F;
    if (!is_sound) {
      return false;
    }
  }
  return true;
}

}  // namespace tripline::runtime
