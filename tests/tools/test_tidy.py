"""tools/tidy.py finds a breach of each of its rules, and nothing where there is none."""

import pytest

GOOD_HEADER = "#pragma once\n\nnamespace attune {\n\n// Adds.\nint add(int a, int b);\n\n}  // namespace attune\n"
GOOD = {
    "src/base/sum.h": GOOD_HEADER,
    "src/base/sum.cpp": '#include "base/sum.h"\n\nnamespace attune {\n\nint add(int a, int b) { return a + b; }\n\n}\n',
    "src/base/check.cpp": 'void check_failed() {\n  std::fprintf(stderr, "no\\n");\n  std::abort();\n}\n',
    "src/apps/main.cpp": 'int main() {\n  std::printf("yes\\n");\n}\n',
    "tools/count.py": "def count(things):\n    return len(things)\n",
    "README.md": "# A project\n",
    "build/junk.cpp": "\t\t",
}


def body(lines):
    return "".join(f"  x += {i};\n" for i in range(lines))


def test_a_good_project_passes(write, run_tool):
    status, lines = run_tool("tidy", write(GOOD))
    assert (status, len(lines)) == (0, 1), lines
    assert lines[0].startswith("tidy: 6 files keep")


def library(code):
    return {"src/data/x.cpp": code.rstrip("\n") + "\n"}


BREACHES = {
    "file-size": ({"src/data/x.cpp": "int x;\n" * 501}, "src/data/x.cpp:501"),
    "file-size of a script": ({"tools/x.py": "x = 1\n" * 501}, "tools/x.py:501"),
    "file-size of bash": ({"dev": "#!/usr/bin/env bash\n" + "true\n" * 500}, "dev:501"),
    "header-size": ({"src/data/x.h": "#pragma once\n" + "int f();\n" * 250}, "src/data/x.h:251"),
    "function-size": (library("int x = 0;\nvoid f() {\n" + body(69) + "}"), "src/data/x.cpp:2"),
    "function-size of a member": (library("struct S {\n  int f() {\n" + body(69) + "  }\n};"), "src/data/x.cpp:2"),
    "function-size of a template": (library("template <class T>\nT f() {\n" + body(69) + "}"), "src/data/x.cpp:1"),
    "function-size of a test": ({"src/data/x_test.cpp": "TEST(A, B) {\n" + body(69) + "}\n"}, "src/data/x_test.cpp:1"),
    "function-size of python": ({"tools/x.py": "def f():\n" + "    print(1)\n" * 70}, "tools/x.py:1"),
    "file-name": ({"src/data/string_utils.h": "#pragma once\n"}, "src/data/string_utils.h:1"),
    "file-name of a manager": ({"src/data/manager.cpp": "\n"}, "src/data/manager.cpp:1"),
    "file-name in camels": ({"src/data/IdMap.cpp": "\n"}, "src/data/IdMap.cpp:1"),
    "file-name of python": ({"tools/helpers.py": "x = 1\n"}, "tools/helpers.py:1"),
    "pragma-once": ({"src/data/x.h": "// A header.\nint f();\n"}, "src/data/x.h:1"),
    "pragma-once of a guard": ({"src/data/x.h": "#ifndef X_H\n#define X_H\n#endif\n"}, "src/data/x.h:1"),
    "banned-call printf": (library('void f() { std::printf("x"); }'), "src/data/x.cpp:1"),
    "banned-call fprintf": (library('\nvoid f() { fprintf(stderr, "x"); }'), "src/data/x.cpp:2"),
    "banned-call cout": (library("void f() { std::cout << 1; }"), "src/data/x.cpp:1"),
    "banned-call cerr": (library("void f() { std::cerr << 1; }"), "src/data/x.cpp:1"),
    "banned-call exit": (library("void f() { std::exit(1); }"), "src/data/x.cpp:1"),
    "banned-call abort": (library("void f() { std::abort(); }"), "src/data/x.cpp:1"),
    "banned-call rand": (library("int f() { return rand(); }"), "src/data/x.cpp:1"),
    "banned-call random_device": (library("std::random_device d;"), "src/data/x.cpp:1"),
    "banned-call time": ({"src/data/x_test.cpp": "auto seed = std::time(nullptr);\n"}, "src/data/x_test.cpp:1"),
    "banned-call system_clock": (library("auto t = std::chrono::system_clock::now();"), "src/data/x.cpp:1"),
    "banned-call assert": ({"src/apps/x.cpp": "void f() { assert(1); }\n"}, "src/apps/x.cpp:1"),
    "banned-call getenv": (library('auto e = std::getenv("X");'), "src/data/x.cpp:1"),
    "marker in code": (library("int x;  // " + "TO" + "DO: more"), "src/data/x.cpp:1"),
    "marker in python": ({"tools/x.py": "x = 1  # " + "FIX" + "ME\n"}, "tools/x.py:1"),
    "marker in a text": ({"docs/x.md": "a\n" + "XX" + "X\n"}, "docs/x.md:2"),
    "marker in cmake": ({"CMakeLists.txt": "# " + "HA" + "CK\n"}, "CMakeLists.txt:1"),
    "commented-code": (library("// total += compute(x);"), "src/data/x.cpp:1"),
    "commented-code of a call": (library("// compute(x, y);"), "src/data/x.cpp:1"),
    "commented-code of a loop": (library("// for (int i = 0; i < n; ++i) {"), "src/data/x.cpp:1"),
    "commented-code of a variable": (library("//   int total = 0;"), "src/data/x.cpp:1"),
    "tab": (library("\tint x;"), "src/data/x.cpp:1"),
    "trailing-blank": (library("int x; "), "src/data/x.cpp:1"),
    "final-newline": ({"src/data/x.cpp": "int x;"}, "src/data/x.cpp:1"),
    "final-newline twice": ({"docs/x.md": "x\n\n"}, "docs/x.md:3"),
    "columns": (library("int " + "x" * 120 + ";"), "src/data/x.cpp:1"),
    "columns of python": ({"tools/x.py": "x = '" + "x" * 120 + "'\n"}, "tools/x.py:1"),
    "mention of a folder": ({"docs/x.md": "See /wo" + "rk/main.\n"}, "docs/x.md:1"),
    "mention of a home": (library('auto p = "/ro' + 'ot/x";'), "src/data/x.cpp:1"),
    "mention of a registry": ({"requirements.txt": "--index-url https://py" + "pi.org/simple\n"}, "requirements.txt:1"),
}


@pytest.mark.parametrize("case", BREACHES)
def test_a_breach_is_found(case, write, run_tool):
    files, place = BREACHES[case]
    status, lines = run_tool("tidy", write(GOOD | files))
    assert status == 1
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{place}: {case.split()[0]}: "), lines


def test_every_rule_has_a_breach_here():
    import tidy

    assert {case.split()[0] for case in BREACHES} == set(tidy.RULES)


FINE = {
    "a function of 70 lines": library("void f() {\n" + body(68) + "}"),
    "a class longer than a function": library("class S {\n" + "  int f() { return 1; }\n" * 80 + "};"),
    "a table longer than a function": library("constexpr int kTable[] = {\n" + "    1,\n" * 80 + "};"),
    "a namespace in another": library("namespace a::b {\nnamespace {\n" + "int f() { return 1; }\n" * 80 + "}\n}"),
    "words in strings and comments": library('// It may exit or abort() when asked to.\nauto s = "printf(";'),
    "braces in strings": library("void f() {\n  char c = '{';\n  auto s = \"{{{\";\n}\n" + "int x;\n" * 80),
    "digit separators": library("constexpr int kMany = 1'000'000;\nint f() { return kMany; }\n" + "int x;\n" * 80),
    "members named like what is banned": library("void f(T& t) { t.exit(); t->abort(); time(t); }"),
    "a benchmark that prints": {"src/data/x_bench.cpp": 'void f() { std::printf("1"); }\n'},
    "a long raw string": library('auto s = R"(' + "x" * 130 + ')";'),
    "a long line of text": {"docs/x.md": "x" * 200 + "\n"},
    "sentences that end like code": library("// train_end <= valid_begin <= valid_end;\n// see f(x, y) above"),
    "a header for each instruction set": {
        "src/kernels/x_inl.h": "#if defined(X_INL_H) == defined(HWY_TARGET_TOGGLE)\n#ifdef X_INL_H\n#undef X_INL_H\n"
        "#else\n#define X_INL_H\n#endif\nint f();\n#endif\n"
    },
    "the link of a second work tree": {".git": "gitdir: /wo" + "rk/main/.git/worktrees/x\n"},
    "six letters for a unique name": library('auto pattern = "file.XXXXXX";'),
}


@pytest.mark.parametrize("case", FINE)
def test_what_is_fine_is_not_found(case, write, run_tool):
    status, lines = run_tool("tidy", write(GOOD | FINE[case]))
    assert status == 0, lines
