"""The project itself is as its tools want it."""

import subprocess
import sys


def test_includes_keep_the_order_of_the_modules(root, run_tool):
    assert run_tool("check_layers", root)[1][-1].endswith("keep the order")


def test_sources_are_tidy(root, run_tool):
    status, lines = run_tool("tidy", root)
    assert status == 0, "\n".join(lines)


def test_sources_are_formatted(root):
    files = sorted(str(path) for path in (root / "src").rglob("*") if path.suffix in (".h", ".cpp"))
    assert len(files) > 50
    program = [sys.executable, "-c", "import clang_format; clang_format.clang_format()"]
    done = subprocess.run([*program, "--dry-run", "--Werror", *files], capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, "./dev format would change:\n" + done.stderr[:4000]


def test_each_module_of_the_list_has_libraries_that_it_may_use(root):
    import check_layers

    listed = [line.split(":")[0] for line in (root / "src/modules.txt").read_text().splitlines() if line[:1].isalpha()]
    assert list(check_layers.ALLOWED) == listed
