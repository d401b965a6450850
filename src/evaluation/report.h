#pragma once

#include <string>

#include "evaluation/evaluate.h"

namespace attune {

// What people read: a row a metric, a column a cutoff, then coverage and novelty, new users apart where there are any,
// and what was ranked and for whom. Lines of at most 100 columns, each ended.
std::string evaluation_table(const Evaluation& evaluation);

// What programs read, one JSON object:
//   {"protocol": {"split", "part", "seen", "catalogue", "users", "new_users", "targets", "unreachable_targets",
//    "repeated_targets"}, "metrics": {"ndcg@10": …}, "new_user_metrics": {…} when there are new users, "seconds": …}
// Numbers are written such that reading them gives the same double; one that is not finite, which JSON cannot say, is
// null.
std::string evaluation_json(const Evaluation& evaluation);

}  // namespace attune
