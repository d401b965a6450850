#!/usr/bin/env python3
"""Refuses an #include that runs against the order of the modules.

src/modules.txt says which modules a module may include, directly and through them; the tables below say which
libraries may be seen from where. Each finding is a line "file:line: rule: text"; the exit status is 1 if there is one.
"""

import argparse
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
MODULE_LINE = re.compile(r"^([a-z]+):\s*(.*)$")

TEST = "_test.cpp"
BENCH = "_bench.cpp"

# What the first part of an angled include means: library -> the beginnings of its headers' names.
LIBRARIES = {
    "arrow": ("arrow/", "parquet/"),
    "benchmark": ("benchmark/",),
    "cairo": ("cairo",),
    "cli11": ("CLI/",),
    "fmt": ("fmt/",),
    "gtest": ("gtest/", "gmock/"),
    "hwy": ("hwy/",),
    "icu": ("unicode/",),
    "intrinsics": ("immintrin.h", "x86intrin.h", "arm_neon.h", "arm_sve.h", "cpuid.h"),
    "json": ("nlohmann/",),
    "onednn": ("oneapi/dnnl/",),
    "openmp": ("omp.h",),
    "pqxx": ("pqxx/",),
    "posix": ("sys/", "unistd.h", "fcntl.h", "sched.h", "pthread.h", "signal.h", "spawn.h"),
    "rapidjson": ("rapidjson/",),
    "spdlog": ("spdlog/",),
    "sqlitecpp": ("SQLiteCpp/",),
    "tomlplusplus": ("toml++/",),
    "xxhash": ("xxhash.h",),
}

# Which libraries the files of a module may include. Files of tests and benchmarks may include theirs as well.
ALLOWED = {
    "base": {"posix"},
    "storage": {"json", "posix", "xxhash"},
    "kernels": {"hwy", "intrinsics"},
    "data": {"arrow", "cairo", "icu", "json", "pqxx", "rapidjson", "sqlitecpp"},
    "features": {"icu"},
    "attention": set(),
    "training": set(),
    "models": {"json"},
    "evaluation": {"json"},
    "retrieval": set(),
    "explanation": set(),
    "serving": {"json"},
    "apps": {"arrow", "cairo", "cli11", "fmt", "icu", "json", "posix", "spdlog", "sqlitecpp",
             "tomlplusplus"},
}

ONLY_IN_CPP = {"benchmark", "cli11", "gtest", "json", "rapidjson"}  # heavy to compile: kept out of headers
ONLY_IN_ONE_FILE = {"cli11"}
ONLY_INSIDE = {"hwy", "intrinsics"}  # a header with one of these is private to its module


class Layers:
    def __init__(self, root):
        self.root = root
        self.findings = []
        self.direct = {}  # module -> the modules that its line names
        self.line_of = {}

    def report(self, path, line, rule, text):
        self.findings.append(f"{path.relative_to(self.root)}:{line}: {rule}: {text}")

    def read_modules(self):
        path = self.root / "src" / "modules.txt"
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not text.strip() or text.startswith("#"):
                continue
            match = MODULE_LINE.match(text)
            if not match:
                self.report(path, number, "modules", f"'{text}' is not of the form 'module: module module'")
                continue
            name, others = match[1], match[2].split()
            if name in self.direct:
                self.report(path, number, "modules", f"'{name}' stands here a second time")
            for other in others:
                if other not in self.direct and other != name:
                    self.report(path, number, "modules", f"'{name}' names '{other}', which does not stand above it")
            self.direct[name] = others
            self.line_of[name] = number
        self.find_cycles(path)

    def find_cycles(self, path):
        done = set()

        def walk(name, trail):
            if name in trail:
                cycle = trail[trail.index(name):] + [name]
                self.report(path, self.line_of[name], "cycle", " -> ".join(cycle))
                return
            if name in done:
                return
            for other in self.direct.get(name, []):
                walk(other, trail + [name])
            done.add(name)

        for name in self.direct:
            walk(name, [])

    def reachable(self, name):
        """The module itself and what it may include, directly or through others."""
        found, waiting = set(), [name]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(self.direct.get(one, []))
        return found

    def files(self):
        return sorted(p for p in (self.root / "src").rglob("*") if p.suffix in (".h", ".cpp"))

    def includes(self, path):
        """Triples (line, quoted name or None, angled name or None)."""
        for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            match = INCLUDE.match(text)
            if match:
                yield number, match[1], match[2]

    def check(self):
        self.read_modules()
        private, users = self.private_headers(), {}
        for path in self.files():
            module = path.relative_to(self.root / "src").parts[0]
            if module not in self.direct:
                self.report(path, 1, "unknown-module", f"src/modules.txt does not know the folder '{module}'")
                continue
            reachable = self.reachable(module)
            for number, quoted, angled in self.includes(path):
                if quoted:
                    self.check_quoted(path, number, module, reachable, quoted, private)
                else:
                    self.check_angled(path, number, module, angled, users)
        for library, places in users.items():
            for path, number in places[1:] if library in ONLY_IN_ONE_FILE else []:
                first = places[0][0].name
                self.report(path, number, "one-file", f"{library} belongs in one file, and {first} has it already")
        return self.findings

    def private_headers(self):
        found = {}
        for path in self.files():
            if path.suffix != ".h":
                continue
            for _, _, angled in self.includes(path):
                if angled and library_of(angled) in ONLY_INSIDE:
                    found[path.relative_to(self.root / "src").as_posix()] = library_of(angled)
        return found

    def check_quoted(self, path, number, module, reachable, name, private):
        other = name.split("/")[0]
        if library_of(name):
            self.report(path, number, "quotes", f'"{name}" is a library\'s header: include it with <>')
        elif "/" not in name:
            self.report(path, number, "path", f'"{name}" is not named from src/ on, as in "{module}/{name}"')
        elif other not in self.direct:
            self.report(path, number, "unknown-module", f'"{name}" is of no module of src/modules.txt')
        elif other not in reachable:
            allowed = ", ".join(sorted(reachable - {module})) or "no other module"
            self.report(path, number, "layer", f"{module} must not include {other}; it may include {allowed}")
        elif other != module and name in private:
            self.report(path, number, "private", f'"{name}" shows {private[name]}, which stays inside {other}')

    def check_angled(self, path, number, module, name, users):
        library = library_of(name)
        if library is None:
            if ("/" in name or name.endswith((".h", ".hpp"))) and not is_standard(name):
                self.report(path, number, "unknown-library", f"<{name}> is in no table of tools/check_layers.py")
            return
        allowed = set(ALLOWED.get(module, ()))
        if path.name.endswith(TEST):
            allowed |= {"gtest", "posix", "json"}
        if path.name.endswith(BENCH):
            allowed |= {"benchmark", "onednn", "openmp", "posix"}
        if library not in allowed:
            self.report(path, number, "library", f"<{name}>: {path.name} in {module} must not include {library}")
        elif library in ONLY_IN_CPP and path.suffix != ".cpp":
            self.report(path, number, "cpp-only", f"<{name}>: {library} is for .cpp files, not for headers")
        elif path not in [p for p, _ in users.setdefault(library, [])]:
            users[library].append((path, number))


def library_of(name):
    for library, beginnings in LIBRARIES.items():
        if name.startswith(beginnings):
            return library
    return None


def is_standard(name):
    """Headers of C, which C++ keeps for compatibility."""
    return name in {"stdint.h", "stddef.h", "string.h", "math.h", "stdlib.h", "errno.h"}


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    layers = Layers(parser.parse_args(words).root.resolve())
    findings = layers.check()
    for finding in findings:
        print(finding)
    if not findings:
        print(f"check_layers: {len(layers.files())} files of {len(layers.direct)} modules keep the order")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
