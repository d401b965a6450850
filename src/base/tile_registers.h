#pragma once

namespace attune {

// Asks the system for the registers of AMX, 8 KB to each thread that uses them: Linux hands them out only to processes
// that have asked. False where there are none, or where the system refuses. May be asked again.
bool ask_for_tile_registers() noexcept;

}  // namespace attune
