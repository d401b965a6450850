#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace attune {

// Where the time of training goes, in seconds of threads. Not thread-safe: one for each lane, added up.
class Profile {
 public:
  enum class Part { kTokens, kForward, kLoss, kBackward, kTable, kOptimizer, kPack, kCount };
  static constexpr std::size_t kParts = static_cast<std::size_t>(Part::kCount);
  static constexpr std::array<std::string_view, kParts> kNames = {
      "tokens",    "network forward",   "loss, forward and backward", "network backward", "gradients of item vectors",
      "optimiser", "packing of weights"};

  double seconds(Part part) const { return seconds_[static_cast<std::size_t>(part)]; }
  void add(const Profile& other) {
    for (std::size_t p = 0; p < kParts; ++p) seconds_[p] += other.seconds_[p];
  }

  // Measures from one mark to the next.
  class Clock {
   public:
    explicit Clock(Profile& profile) : profile_(profile), last_(std::chrono::steady_clock::now()) {}
    void mark(Part part) {
      const auto now = std::chrono::steady_clock::now();
      profile_.seconds_[static_cast<std::size_t>(part)] += std::chrono::duration<double>(now - last_).count();
      last_ = now;
    }

   private:
    Profile& profile_;
    std::chrono::steady_clock::time_point last_;
  };

 private:
  std::array<double, kParts> seconds_{};
};

}  // namespace attune
