#!/usr/bin/env python3
"""Refuses object files that hold code for one instruction set beside functions that the linker may take for another.

Of an inline function that several objects define, the linker keeps one copy. Were that the copy of an object that is
compiled for AVX-512, the program would crash on an older CPU. So an object with code of an instruction set's namespace
(N_AVX2 and the like) may define no such function. Each finding is a line "object: symbol"; the exit status is 1 if
there is one.
"""

import argparse
import pathlib
import re
import subprocess
import sys

OF_ONE_SET = re.compile(r"\bN_[A-Z][A-Z0-9_]*::")
MERGED = {"W", "V", "u"}  # kinds of symbols of which the linker keeps one
PERSONALITY = "DW.ref.__gxx_personality_v0"  # a pointer that every object with `noexcept` has


def symbols(path):
    """Pairs (kind, name) that the object defines."""
    text = subprocess.run(["nm", "-C", "--defined-only", str(path)], capture_output=True, text=True, check=True).stdout
    return [tuple(line.split(maxsplit=2)[1:]) for line in text.splitlines() if len(line.split(maxsplit=2)) == 3]


def findings(path):
    found = symbols(path)
    if not any(OF_ONE_SET.search(name) for _, name in found):
        return None
    return [name for kind, name in found if kind in MERGED and name != PERSONALITY]


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("objects", nargs="+", type=pathlib.Path)
    results = {path: findings(path) for path in parser.parse_args(words).objects}
    bad = [(path, name) for path, names in results.items() for name in names or []]
    for path, name in bad:
        print(f"{path.name}: {name}")
    if bad:
        return 1
    checked = sum(names is not None for names in results.values())
    print(f"check_exports: {checked} of {len(results)} objects hold code of instruction sets, and nothing to be merged")
    return 0 if checked else 1


if __name__ == "__main__":
    sys.exit(main())
