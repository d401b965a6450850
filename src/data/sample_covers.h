#pragma once

#include <cstddef>
#include <string>

#include "base/rng.h"
#include "data/sample_films.h"

namespace attune::sample {

inline constexpr int kCoverWidth = 120;
inline constexpr int kCoverHeight = 180;

// A poster as the bytes of a PNG. The main genre chooses the colours, the theme the scene, the mood what lies over it,
// so that pictures say something about films; `rng` moves things about. The same bytes for the same film on one
// machine; another version of Cairo or zlib may compress or round differently.
std::string draw_cover(const Film& film, Rng rng);

}  // namespace attune::sample
