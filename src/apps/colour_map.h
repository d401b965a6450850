#pragma once

namespace attune {

// Colour channels from 0 to 1, sRGB.
struct Colour {
  double red = 0, green = 0, blue = 0;
};

// From dark violet (0) over blue-green to bright yellow (1). Lightness rises evenly in Oklab (Ottosson, 2020), so that
// equal steps of `t` look equal, also in grey print and to the colour-blind. Values beyond 0 and 1 count as the nearer
// of them.
Colour colour_of(double t) noexcept;

// Black or white, whichever reads better on colour_of(t).
Colour ink_on(double t) noexcept;

}  // namespace attune
