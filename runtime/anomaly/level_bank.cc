// Each filter keeps a mean and a variance of its level. With a = 1 / variance, a count y of
// expectation m and worth w moves the mean by ln((a + w y) / (a + w m)) and adds w m' to a: the
// update of a gamma belief over the rate's ratio to the usual course.
#include "runtime/anomaly/level_bank.h"

#include <algorithm>
#include <cmath>

#include "runtime/anomaly/count_law.h"

namespace tripline::runtime {

namespace {

constexpr PerSpeed kWidthSquared = {0.0F, 0.1F * 0.1F, 0.25F * 0.25F, 0.7F * 0.7F};
constexpr std::array<double, kNumSpeeds> kMemoryDays = {0.5, 0.5, 0.5, 1.0};
constexpr float kMaxLevel = 12.0F;
constexpr float kJumpVariance = 0.5F;  // a factor of two either way is then quickly believed
constexpr float kMaxVoteLoss = 8.0F;   // of one count: no single bucket decides
constexpr float kWorstVote = -12.0F;
constexpr float kLeastRate = 9e-14F;
constexpr float kMostRate = 1e20F;

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
  const Float4 keep = LoadFour(passage.level_keep.data());
  const Float4 width = LoadFour(kWidthSquared.data());
  const Float4 levels = keep * LoadFour(means_.data());
  StoreFour(forecast.levels.data(), levels);
  StoreFour(forecast.variances.data(),
            keep * keep * LoadFour(variances_.data()) + width * (1.0F - keep * keep));
  const Float4 votes = FastExp(LoadFour(votes_.data()));
  const float scale = 1.0F / Sum(votes);
  forecast.level = static_cast<double>(Sum(votes * levels) * scale);
  forecast.drift = static_cast<double>(Sum(votes * width) * scale);
  return forecast;
}

LevelBank::Laws LevelBank::LawsOf(const Forecast& forecast, double usual_rate, double dispersion,
                                  bool empty_is_missing) {
  const Float4 factor = FastExp(LoadFour(forecast.levels.data()));
  const Float4 rate =
      AtMost(AtLeast(factor * static_cast<float>(usual_rate), kLeastRate), kMostRate);
  return {rate, LawsOfCounts(rate, static_cast<float>(dispersion), empty_is_missing)};
}

void LevelBank::Learn(const Forecast& forecast, const Laws& laws, const Evidence& evidence,
                      const Passage& passage) {
  const auto count = static_cast<float>(evidence.count);
  const auto dispersion = static_cast<float>(evidence.dispersion);
  const auto weight = static_cast<float>(evidence.weight);
  // With v the variance and d = 1 + rate * dispersion: the update of the header, free of 1 / v.
  Float4 variance = LoadFour(forecast.variances.data());
  if (evidence.may_jump) {
    variance = AtLeast(variance, kJumpVariance);
  }
  const Float4 room = 1.0F + laws.rate * dispersion;
  const Float4 pull = variance * weight;
  const Float4 step = FastLog((room + pull * count) / (room + pull * laws.count.mean));
  const Float4 left = variance * room / (room + pull * laws.count.slope);
  const Float4 mean = LoadFour(forecast.levels.data()) + step;
  StoreFour(means_.data(), AtMost(AtLeast(mean, -kMaxLevel), kMaxLevel));
  StoreFour(variances_.data(), left);
  means_[0] = 0.0F;
  variances_[0] = 0.0F;
  const Float4 shape = Float4{} + 1.0F / (dispersion + 1e-3F);
  Vote(-GapBetween(Float4{} + count, laws.rate, shape).deviance - laws.count.log_filled, weight,
       static_cast<float>(passage.level_vote_keep));
}

void LevelBank::Vote(Float4 likelihood, float weight, float keep) {
  const Float4 loss = AtLeast(likelihood - Largest(likelihood), -kMaxVoteLoss);
  const Float4 votes = LoadFour(votes_.data()) * keep + weight * loss;
  StoreFour(votes_.data(), AtLeast(votes - Largest(votes), kWorstVote));
}

void LevelBank::HandOver(double step) {
  for (std::size_t speed = 1; speed < kNumSpeeds; ++speed) {
    means_[speed] = std::clamp(means_[speed] - static_cast<float>(step), -kMaxLevel, kMaxLevel);
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
