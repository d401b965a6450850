#pragma once

#include <memory>
#include <vector>

#include "models/model.h"

namespace attune {

// Popularity in which an event counts the less the older it is (docs/mathematics.md, equation B1), the same for
// everybody. Age is the time from an event to the newest training event; a log without times has no common clock, so
// there it is counted in events to the end of the own history.
struct RecentPopularityConfig {
  double half_life = 100;       // days after which an event counts half; 0: all count alike
  double half_life_events = 1;  // the same in events, for a log without times

  template <class Self, class Visit>
  static void each_field(Self& self, Visit&& visit) {
    visit("half_life", self.half_life, "days after which an event counts half; 0: all count alike");
    visit("half_life_events", self.half_life_events,
          "for a log without times: events, from the end of a history, after which an event counts half; 0: all alike");
  }
  static std::vector<SearchRange> search_ranges();
  void validate() const;  // throws Error(kUsage) naming the field, its value and the rule
};

std::unique_ptr<Recommender> fit_recent_popularity(const TrainingEvents&, const RecentPopularityConfig&, FitContext&);
std::unique_ptr<Recommender> load_recent_popularity(const ModelReader&, const RecentPopularityConfig&);

}  // namespace attune
