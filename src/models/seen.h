#pragma once

namespace attune {

// Whether the items of a query's history may be recommended again. Models score them either way; retrieval and
// evaluation leave them out or keep them.
enum class Seen { kExclude, kKeep };

}  // namespace attune
