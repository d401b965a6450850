"""tools/check_layers.py finds each kind of forbidden include, and nothing in a project that has none."""

import pytest

MODULES = """# order
base:
storage: base
kernels: base
data: storage
features: data
models: features kernels
apps: models
"""
GOOD = {
    "src/modules.txt": MODULES,
    "src/base/error.h": "#pragma once\n#include <string>\n#include <sys/stat.h>\n",
    "src/storage/file.cpp": '#include "base/error.h"\n#include <nlohmann/json.hpp>\n',
    "src/kernels/dot.cpp": '#include "base/error.h"\n#include <hwy/highway.h>\n',
    "src/kernels/dot.h": "#pragma once\n#include <cstddef>\n",
    "src/data/table.h": "#pragma once\n#include <arrow/api.h>\n",
    "src/models/model.cpp": '#include "storage/file.h"\n#include "kernels/dot.h"\n#include "models/model.h"\n',
    "src/models/model_test.cpp": "#include <gtest/gtest.h>\n",
    "src/models/model_bench.cpp": "#include <benchmark/benchmark.h>\n",
    "src/apps/args.cpp": '#include "base/error.h"\n#include <CLI/CLI.hpp>\n',
}


def test_a_good_project_passes(write, run_tool):
    status, lines = run_tool("check_layers", write(GOOD))
    assert (status, lines) == (0, ["check_layers: 9 files of 7 modules keep the order"])


CASES = {
    "layer": ("src/base/log.cpp", '#include <map>\n#include "data/table.h"\n', 2, "layer: base must not include data"),
    "sideways": ("src/storage/io.cpp", '#include "kernels/dot.h"\n', 1, "layer: storage must not include kernels"),
    "layer in a test": ("src/data/x_test.cpp", '#include "apps/args.h"\n', 1, "layer: data must not include"),
    "indented": ("src/data/x.cpp", '  #  include  "apps/args.h"\n', 1, "layer: data must not include apps"),
    "unknown module": ("src/data/x.cpp", '#include "extras/x.h"\n', 1, 'unknown-module: "extras/x.h"'),
    "unknown folder": ("src/extras/x.cpp", "\n", 1, "unknown-module: src/modules.txt does not know"),
    "path": ("src/data/x.cpp", '#include "table.h"\n', 1, 'path: "table.h" is not named from src/ on'),
    "library in quotes": ("src/data/x.cpp", '#include "arrow/api.h"\n', 1, "quotes: "),
    "highway": ("src/data/x.cpp", "#include <hwy/highway.h>\n", 1, "library: <hwy/highway.h>: x.cpp in data"),
    "intrinsics": ("src/models/x.cpp", "\n#include <immintrin.h>\n", 2, "library: <immintrin.h>"),
    "arrow": ("src/features/x.cpp", "#include <arrow/api.h>\n", 1, "library: <arrow/api.h>"),
    "parquet": ("src/models/x.cpp", "#include <parquet/arrow/writer.h>\n", 1, "library: <parquet/arrow/writer.h>"),
    "system calls": ("src/models/x.cpp", "#include <sys/mman.h>\n", 1, "library: <sys/mman.h>"),
    "command line": ("src/models/x.cpp", "#include <CLI/CLI.hpp>\n", 1, "library: <CLI/CLI.hpp>"),
    "a second command line": ("src/apps/main.cpp", "#include <CLI/CLI.hpp>\n", 1, "one-file: cli11"),
    "json in a header": ("src/storage/x.h", "#pragma once\n#include <nlohmann/json.hpp>\n", 2, "cpp-only: "),
    "tests in the library": ("src/data/x.cpp", "#include <gtest/gtest.h>\n", 1, "library: <gtest/gtest.h>"),
    "benchmarks in a test": ("src/data/x_test.cpp", "#include <benchmark/benchmark.h>\n", 1, "library: "),
    "unknown library": ("src/data/x.cpp", "#include <boost/asio.hpp>\n", 1, "unknown-library: <boost/asio.hpp>"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_forbidden_include_is_found(case, write, run_tool):
    path, text, line, expected = CASES[case]
    status, lines = run_tool("check_layers", write(GOOD | {path: text}))
    assert status == 1
    assert len(lines) == 1
    assert lines[0].startswith(f"{path}:{line}: {expected}")


def test_highway_does_not_leave_the_kernels_through_a_header(write, run_tool):
    files = GOOD | {
        "src/kernels/wide.h": "#pragma once\n#include <hwy/highway.h>\n",
        "src/kernels/wide.cpp": '#include "kernels/wide.h"\n',
        "src/models/x.cpp": '#include "kernels/wide.h"\n',
    }
    status, lines = run_tool("check_layers", write(files))
    assert status == 1
    assert lines == ['src/models/x.cpp:1: private: "kernels/wide.h" shows hwy, which stays inside kernels']


ORDERS = {
    "a cycle": ("base: data\nstorage: base\ndata: storage\n", "cycle: base -> data -> storage -> base"),
    "a module of itself": ("base: base\n", "cycle: base -> base"),
    "a name that is not there": ("base:\ndata: disk\n", "modules: 'data' names 'disk'"),
    "a name from below": ("base: data\ndata:\n", "modules: 'base' names 'data', which does not stand above it"),
    "a second line": ("base:\nbase:\n", "modules: 'base' stands here a second time"),
    "no line of a module": ("base\n", "modules: 'base' is not of the form"),
}


@pytest.mark.parametrize("case", ORDERS)
def test_a_wrong_order_is_found(case, write, run_tool):
    text, expected = ORDERS[case]
    status, lines = run_tool("check_layers", write({"src/modules.txt": text}))
    assert status == 1
    assert any(line.startswith("src/modules.txt:") and expected in line for line in lines), lines
