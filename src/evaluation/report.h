#pragma once

#include <string>
#include <string_view>

#include "evaluation/evaluate.h"

namespace attune {

// What people read: a row a metric, a column a cutoff, then what the lists of ten are like, new users apart where there
// are any, expected metrics where many targets are tied, and what was ranked and for whom. Lines of at most 100
// columns, each ended.
std::string evaluation_table(const Evaluation& evaluation);

// A row a slice; "" without slices.
std::string slices_table(const Evaluation& evaluation);

// What programs read, one JSON object:
//   {"protocol": {"split", "part", "seen", "query_time", "catalogue", "users", "new_users", "targets",
//    "unreachable_targets", "repeated_targets", "new_item_targets", "tied_targets", "genres"},
//    "metrics": {"ndcg@10": …}, "new_user_metrics": {…} when there are new users, "expected_metrics": {…} when many
//    targets are tied, "slices": [{"by", "slice", "users", "targets", "metrics"}], "seconds": …}
// Numbers are written such that reading them gives the same double; one that is not finite, which JSON cannot say, is
// null.
std::string evaluation_json(const Evaluation& evaluation);

// The same read back, all but per_user. Other keys are passed over. Throws Error(kCorrupt), its message opening with
// `where`, for anything else.
Evaluation evaluation_from_json(std::string_view json, std::string_view where);

}  // namespace attune
