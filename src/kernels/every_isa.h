#pragma once

#include "kernels/isa.h"

namespace attune::kernels {

// For tests: calls body(isa) with each instruction set that this CPU has in use, and leaves the best one in use.
template <class Body>
void on_every_isa(Body&& body) {
  for (const Isa isa : supported()) {
    use(isa);
    body(isa);
  }
  use(supported().front());
}

}  // namespace attune::kernels
