#include "apps/health_findings.h"

#include <algorithm>
#include <cmath>

#include "apps/dates.h"
#include "apps/text_table.h"

namespace attune {
namespace {

// "53.1 %"; what is there is never called nothing.
std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0 %";
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && percent < 0.1) return "under 0.1 %";
  return decimal_number(percent, 1) + " %";
}

std::string count_of(std::uint64_t count, const char* one, const char* many) {
  return grouped(count) + " " + (count == 1 ? one : many);
}

bool at_least(std::uint64_t part, double fraction, std::uint64_t whole) {
  return whole > 0 && static_cast<double>(part) >= fraction * static_cast<double>(whole);
}

class Findings {
 public:
  Findings(const Dataset& dataset, const Health& health) : dataset_(dataset), health_(health) {}

  std::vector<Finding> all() {
    ties();
    tie_order(health_.ties_by_item, "item identifiers");
    tie_order(health_.ties_by_rating, "ratings");
    leave_one_out();
    following_columns();
    repeats();
    bursts();
    busiest_day();
    thin();
    catalogue();
    ratings();
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Finding& a, const Finding& b) { return a.warning && !b.warning; });
    return std::move(found_);
  }

 private:
  void add(bool warning, std::string topic, std::string text) {
    found_.push_back({warning, std::move(topic), std::move(text)});
  }

  void ties() {
    if (!health_.first) {
      return add(false, "times", "There are none: the order of the log is taken as the order of the events.");
    }
    if (health_.tied_neighbours == 0) return;
    add(at_least(health_.tied_neighbours, 0.2, health_.neighbours), "ties",
        share(health_.tied_neighbours, health_.neighbours) +
            " of neighbouring events of a user share a time; what follows what among them is the order of the file." +
            (health_.whole_days ? " All times are whole days." : "") +
            " Figures of two models compare only on the same order.");
  }

  // A share of ascending pairs that chance would not give.
  void tie_order(const Health::TieOrder& order, const char* what) {
    constexpr std::uint64_t kPairsMin = 100;
    if (order.differing < kPairsMin) return;
    const bool up = at_least(order.ascending, 0.75, order.differing);
    const bool down = at_least(order.differing - order.ascending, 0.75, order.differing);
    if (!up && !down) return;
    add(true, "leak",
        std::string("Within a time the events are sorted by ") + what + ": " +
            share(up ? order.ascending : order.differing - order.ascending, order.differing) +
            " of the tied pairs go " + (up ? "up" : "down") +
            ". A model of sequences can learn that order, which no user made. Shuffle what shares a time before "
            "importing, or read its figures with that in mind.");
  }

  void leave_one_out() {
    const std::uint64_t late = health_.leave_one_out_from_the_future, all = health_.leave_one_out_training;
    if (at_least(late, 0.05, all)) {
      add(at_least(late, 0.2, all), "leak",
          "With --split leave-one-out, " + share(late, all) +
              " of the training events are later than half of the tests: models learn from the future. --split time "
              "has no such leak.");
    }
    if (!at_least(health_.leave_one_out_repeats, 0.01, health_.leave_one_out_tests)) return;
    add(true, "repeats",
        share(health_.leave_one_out_repeats, health_.leave_one_out_tests) +
            " of the users had met their last item before. Evaluation leaves out what a user has seen and cannot "
            "find these: pass --seen keep where coming back counts.");
  }

  void following_columns() {
    for (const Health::FollowingColumn& column : health_.following_columns) {
      add(true, "leak",
          "The column '" + fitted(column.column, 40) + "' of " + column.table + " goes " +
              (column.correlation > 0 ? "up" : "down") + " with the number of events (rank correlation " +
              decimal_number(column.correlation, 2) +
              "). If it was computed from this log, it tells the test's events to a model that reads it.");
    }
  }

  void repeats() {
    if (health_.repeats == 0) return;
    std::string text = count_of(health_.repeats, "event is", "events are") + " on an item that the user had met before";
    if (health_.duplicates > 0) {
      text += ", " + grouped(health_.duplicates) + " of them equal to another event in every column";
    }
    add(health_.duplicates > 0, "duplicates", text + ".");
  }

  void bursts() {
    const std::uint64_t users = dataset_.users();
    if (health_.users_in_bursts > 0) {
      add(at_least(health_.users_in_bursts, 0.05, users), "bursts",
          count_of(health_.users_in_bursts, "user has", "users have") + " (" + share(health_.users_in_bursts, users) +
              ") " + std::to_string(Health::kBurstEvents) +
              " events or more within a minute: a form filled in, or a machine, rather than one choice after another.");
    }
    const std::uint64_t several = users - health_.one_event_users;
    if (at_least(health_.users_within_a_day, 0.2, several)) {
      add(false, "bursts",
          share(health_.users_within_a_day, several) +
              " of the users with two events or more have all of them within a day.");
    }
  }

  void busiest_day() {
    const double busiest = static_cast<double>(health_.busiest_day_events);
    if (health_.median_day_events <= 0 || busiest < 10 * health_.median_day_events || busiest < 1000) return;
    add(false, "bursts",
        "The busiest day, " + date_text(Timestamp{health_.busiest_day * 86'400'000'000}) + ", has " +
            grouped(health_.busiest_day_events) + " events, " + decimal_number(busiest / health_.median_day_events, 0) +
            " times the median day's.");
  }

  void thin() {
    if (health_.one_event_users > 0) {
      add(at_least(health_.one_event_users, 0.5, dataset_.users()), "one event",
          count_of(health_.one_event_users, "user has", "users have") + " a single event (" +
              share(health_.one_event_users, dataset_.users()) +
              "): nothing is left of them to train on once it is held out.");
    }
    const std::uint64_t items = health_.events_per_item.size();
    if (health_.one_event_items == 0) return;
    add(at_least(health_.one_event_items, 0.5, items), "one event",
        count_of(health_.one_event_items, "item has", "items have") + " a single event (" +
            share(health_.one_event_items, items) + ").");
  }

  void catalogue() {
    const std::uint64_t lacking = health_.items_not_in_catalogue;
    if (lacking > 0) {
      const std::uint64_t items = health_.events_per_item.size();
      add(at_least(lacking, 0.05, items), "catalogue",
          count_of(lacking, "item of the log is", "items of the log are") + " missing in the catalogue (" +
              share(lacking, items) + ", with " + share(health_.events_not_in_catalogue, dataset_.events()) +
              " of the events): no title, no content.");
    }
    if (health_.catalogue_items_without_events == 0) return;
    add(false, "catalogue",
        count_of(health_.catalogue_items_without_events, "item of the catalogue has", "items of the catalogue have") +
            " no event: only content can recommend them.");
  }

  void ratings() {
    if (health_.missing_ratings > 0) {
      add(false, "ratings", share(health_.missing_ratings, dataset_.events()) + " of the events have no rating.");
    }
    if (dataset_.has_ratings() && health_.ratings.size() == 1) {
      add(true, "ratings",
          "All ratings are " + short_number(static_cast<double>(health_.ratings.begin()->first)) +
              ": there is nothing to predict.");
    }
  }

  const Dataset& dataset_;
  const Health& health_;
  std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> health_findings(const Dataset& dataset, const Health& health) {
  return Findings(dataset, health).all();
}

}  // namespace attune
