#!/usr/bin/env python3
"""Checks what a compiler does not: sizes, names, calls that are banned, markers that were forgotten, stray characters.

Each finding is a line "file:line: rule: text"; the exit status is 1 if there is one. --rules lists the rules.
"""

import argparse
import ast
import os
import pathlib
import re
import sys

from source_text import code_only, functions, raw_string_lines

FILE_LINES = 500
HEADER_LINES = 250
FUNCTION_LINES = 70
COLUMNS = 120

RULES = {
    "file-size": f"a file has at most {FILE_LINES} lines: split it by concern",
    "header-size": f"a header has at most {HEADER_LINES} lines: one idea a header",
    "function-size": f"a function has at most {FUNCTION_LINES} lines",
    "file-name": "snake_case, and a name that says what is inside",
    "pragma-once": "a header begins with #pragma once, or a guard if it is compiled for each instruction set",
    "banned-call": "the library does not print, exit, read the clock, or draw from unseeded generators",
    "marker": "no forgotten markers",
    "commented-code": "no code in comments",
    "tab": "no tab characters",
    "trailing-blank": "no blanks at the end of a line",
    "final-newline": "a file ends with one line break",
    "columns": f"code has at most {COLUMNS} columns, raw strings and URLs apart",
    "mention": "no paths of one machine and no registry's address",
}

CODE = {".h", ".cpp"}
NAMED = CODE | {".py"}
TEXT = NAMED | {".cmake", ".md", ".txt", ".toml", ".json", ".yml", ".yaml", ".sh", ".supp", ""}
SKIPPED = {"build", "node_modules", "__pycache__"}
KEPT_DOT_FOLDERS = {".ci", ".github"}

VAGUE = {"util", "utils", "common", "helper", "helpers", "misc", "manager", "stuff"}

# Pairs (what it is called, pattern), for the modules of the library; the command line may print and look at the clock.
PRINTING = [
    ("printf", r"\b(?:f|v|vf)?printf\s*\("),
    ("puts", r"\bf?puts\s*\("),
    ("std::cout", r"\bstd::(?:cout|cerr|clog)\b"),
    ("exit", r"(?<![\w.>])(?:_|quick_)?exit\s*\("),
    ("abort", r"(?<![\w.>])abort\s*\("),
    ("system_clock", r"\bsystem_clock\b"),
    ("gettimeofday", r"\bgettimeofday\s*\("),
    ("getenv", r"\bgetenv\s*\("),
]
# For every C++ file.
ALWAYS = [
    ("assert", r"(?<![\w_])assert\s*\("),
    ("rand", r"(?<![\w.>])s?rand\s*\("),
    ("random_device", r"\brandom_device\b"),
    ("time", r"(?<![\w.>])time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\)"),
    ("strtok", r"\bstrtok\s*\("),
    ("sprintf", r"\bv?sprintf\s*\("),
]
EXCEPTIONS = {
    ("src/base/check.cpp", "printf"): "the last words of a program whose own code is wrong",
    ("src/base/check.cpp", "abort"): "and its end",
    ("src/kernels/isa.cpp", "getenv"): "$ATTUNE_ISA chooses an instruction set",
}

# Spelt in halves, so that this file does not hold them.
MARKERS = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
MENTIONS = ["/wo" + "rk/", "/ro" + "ot/", "py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js",
            "crates" + ".io", "proxy.go" + "lang", "deb." + "debian.org"]
# The second form is Highway's, which includes a file once for each instruction set.
GUARD = re.compile(r"#pragma once\b|#if defined\((\w+_INL_H)\) == defined\(HWY_TARGET_TOGGLE\)\n#ifdef \1\n")
MARKER = re.compile(r"\b(?:" + "|".join(MARKERS) + r")\b")
COMMENTED_CODE = re.compile(
    r"^\s*//\s*(?:#include\s.*|\}|\};|(?:if|for|while|switch)\s*\(.*\)\s*\{?|[\w:.>\-]+(?:<.*>)?\(.*\);"
    r"|(?:return|throw)\b.*;|[\w:<>,&*\s]+\s[\w.\[\]>-]+\s*=\s*.+;|\w[\w.\[\]>-]*\s*[-+*/|&]=\s*.+;)\s*$"
)


class Tidy:
    def __init__(self, root):
        self.root = root
        self.findings = []
        self.read = 0

    def report(self, path, line, rule, text):
        assert rule in RULES
        self.findings.append(f"{path}:{line}: {rule}: {text}")

    def files(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(filter(is_ours, folders))
            for name in sorted(names):
                path = pathlib.Path(folder, name)
                if path.suffix in TEXT and not path.is_symlink() and name != ".git":  # a file in a second work tree
                    yield path

    def check(self):
        for path in self.files():
            data = path.read_bytes()
            if b"\0" in data:
                continue
            self.read += 1
            text = data.decode("utf-8", errors="replace")
            name = path.relative_to(self.root).as_posix()
            self.check_name(path, name)
            self.check_lines(path, name, text)
            self.check_size(path, name, text)
            if path.suffix in CODE:
                self.check_code(path, name, text)
        return self.findings

    def check_name(self, path, name):
        if path.suffix not in NAMED:
            return
        if not re.fullmatch(r"_{0,2}[a-z][a-z0-9_]*", path.stem):
            self.report(name, 1, "file-name", f"'{path.name}' is not snake_case")
        vague = VAGUE & set(path.stem.split("_"))
        if vague:
            self.report(name, 1, "file-name", f"'{vague.pop()}' does not say what '{path.name}' holds")

    def check_lines(self, path, name, text):
        raw = raw_string_lines(text) if path.suffix in CODE else set()
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line and number not in raw:
                self.report(name, number, "tab", "a tab; blanks are used here")
            if line != line.rstrip():
                self.report(name, number, "trailing-blank", "blanks at the end of the line")
            marker = MARKER.search(line)
            if marker:
                self.report(name, number, "marker", f"'{marker[0]}' is left")
            for mention in MENTIONS:
                if mention in line:
                    self.report(name, number, "mention", f"'{mention}' names a place outside of the project")
            if path.suffix in NAMED and len(line) > COLUMNS and number not in raw and "://" not in line:
                self.report(name, number, "columns", f"{len(line)} columns; at most {COLUMNS}")
            if path.suffix in CODE and COMMENTED_CODE.match(line):
                self.report(name, number, "commented-code", "this comment looks like code")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            self.report(name, text.count("\n") + 1, "final-newline", "end the file with one line break")

    def check_size(self, path, name, text):
        if path.suffix not in NAMED and path.suffix not in (".sh", ".cmake") and not text.startswith("#!"):
            return
        lines = text.count("\n")
        if lines > FILE_LINES:
            self.report(name, lines, "file-size", f"{lines} lines; at most {FILE_LINES}")
        elif path.suffix == ".h" and lines > HEADER_LINES:
            self.report(name, lines, "header-size", f"{lines} lines; at most {HEADER_LINES}")
        for first, last in self.function_spans(path, text):
            if last - first + 1 > FUNCTION_LINES:
                self.report(name, first, "function-size", f"{last - first + 1} lines; at most {FUNCTION_LINES}")

    def function_spans(self, path, text):
        if path.suffix in CODE:
            return functions(text)
        if path.suffix == ".py":
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
            return [(node.lineno, node.end_lineno) for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
        return []

    def check_code(self, path, name, text):
        code = code_only(text)
        if path.suffix == ".h" and not GUARD.match(code.lstrip()):
            self.report(name, 1, "pragma-once", "the first line of code is not #pragma once")
        library = name.startswith("src/") and not name.startswith("src/apps/")
        calls = ALWAYS + (PRINTING if library and not name.endswith(("_test.cpp", "_bench.cpp")) else [])
        for number, line in enumerate(code.split("\n"), 1):
            for call, pattern in calls:
                if re.search(pattern, line) and (name, call) not in EXCEPTIONS:
                    self.report(name, number, "banned-call", f"'{call}' is banned here")


def is_ours(folder):
    return folder in KEPT_DOT_FOLDERS or (folder not in SKIPPED and not folder.startswith("."))


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--rules", action="store_true", help="list the rules and stop")
    options = parser.parse_args(words)
    if options.rules:
        for rule, text in RULES.items():
            print(f"{rule:16} {text}")
        return 0
    tidy = Tidy(options.root.resolve())
    findings = tidy.check()
    for finding in findings:
        print(finding)
    if not findings:
        print(f"tidy: {tidy.read} files keep {len(RULES)} rules")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
